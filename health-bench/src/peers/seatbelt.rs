//! `seatbelt`: a service of the breaker layer alone, with its precise clock; and with the coarse
//! one, which its documentation keeps for bottlenecks. It has no rule of failures in a row: the
//! failure rate of the last 30 s decides, from as many calls on as others count failures.

use std::future::Ready;
use std::time::Duration;

use ::layered::{Execute, Service, Stack};
use ::seatbelt::breaker::{Breaker as Middleware, BreakerId, HalfOpenMode};
use ::seatbelt::{RecoveryInfo, ResilienceContext};
use ::tick::Clock;

use super::{About, Breaker, Part, Tuning};
use crate::call::{Answer, Failed, WELL, complete, work};
use crate::contender::Contender;
use crate::keys::{self, Keyed};

const ABOUT: About = About {
    name: "seatbelt",
    package: "seatbelt",
    how: "`execute` of a service, failure rate of 30 s",
    part: Part::All,
};

const COARSE: About = About {
    name: "seatbelt, coarse clock",
    how: "the same with `Clock::with_fast_instant`",
    // A cooldown ends with the next tick of that clock, some milliseconds later.
    part: Part::WithoutTrials,
    ..ABOUT
};

/// The peer, as it comes.
pub(super) fn contender() -> Result<Contender, String> {
    Contender::of::<Precise>(ABOUT)
}

/// The peer, at its fastest.
pub(super) fn contender_with_coarse_clock() -> Result<Contender, String> {
    Contender::of::<Coarse>(COARSE)
}

type Inner<In> = Execute<fn(In) -> Ready<Answer>>;
type Protected<In> = Middleware<In, Answer, Inner<In>>;

fn protect<In: Send + 'static>(
    tuning: Tuning,
    clock: &Clock,
    by: Option<fn(&In) -> BreakerId>,
    inner: fn(In) -> Ready<Answer>,
) -> Protected<In> {
    let context = ResilienceContext::new(clock);
    let mut layer = Middleware::layer("bench", &context)
        .recovery_with(|answer: &Answer, _| match answer {
            Ok(_) => RecoveryInfo::never(),
            Err(_) => RecoveryInfo::retry(),
        })
        .rejected_input_error(|_, _| Failed::Refused)
        .failure_threshold(0.5)
        .min_throughput(tuning.failures)
        .sampling_duration(Duration::from_secs(30))
        .break_duration(tuning.cooldown)
        .half_open_mode(HalfOpenMode::quick());
    if let Some(by) = by {
        layer = layer.breaker_id(by);
    }
    (layer, Inner::new(inner)).into_service()
}

fn plain(x: u64) -> Ready<Answer> {
    std::future::ready(work(x))
}

#[derive(Clone)]
struct Precise(Protected<u64>);

impl Breaker for Precise {
    type Error = Failed;

    fn build(tuning: Tuning) -> Self {
        Self(protect(tuning, &Clock::new_tokio(), None, plain))
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Answer {
        self.0.execute(x).await
    }

    fn is_refusal(error: &Failed) -> bool {
        matches!(error, Failed::Refused)
    }
}

#[derive(Clone)]
struct Coarse(Protected<u64>);

impl Breaker for Coarse {
    type Error = Failed;

    fn build(tuning: Tuning) -> Self {
        let clock = Clock::new_tokio().with_fast_instant(true);
        Self(protect(tuning, &clock, None, plain))
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Answer {
        self.0.execute(x).await
    }

    fn is_refusal(error: &Failed) -> bool {
        matches!(error, Failed::Refused)
    }
}

/// A service with a breaker for each host, told apart by a hash of it.
pub(super) fn keyed() -> Keyed {
    let clock = Clock::new_tokio().with_fast_instant(true);
    let service: Protected<&'static str> = protect(
        keys::TUNING,
        &clock,
        Some(|host| BreakerId::hashed(host, "host")),
        |_| plain(WELL),
    );
    Keyed {
        name: "seatbelt, coarse clock: `BreakerId::hashed`",
        known: Box::new(move |count| {
            for key in keys::cycle(count) {
                complete(service.execute(key));
            }
        }),
    }
}
