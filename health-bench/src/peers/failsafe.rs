//! `failsafe`: `futures::CircuitBreaker::call`, with its policy of failures in a row; and with what
//! `Config::new()` sets up, which adds a moving average of the success rate.

use std::collections::HashMap;
use std::sync::RwLock;

use ::failsafe::backoff::{self, Constant, EqualJittered};
use ::failsafe::failure_policy::{
    ConsecutiveFailures, OrElse, SuccessRateOverTimeWindow, consecutive_failures,
};
use ::failsafe::futures::CircuitBreaker;
use ::failsafe::{Config, Error, StateMachine};

use super::{About, Breaker, Part, Tuning};
use crate::call::{Failed, WELL, complete, work};
use crate::contender::Contender;
use crate::keys::{self, Keyed};

const ABOUT: About = About {
    name: "failsafe",
    package: "failsafe",
    how: "`futures::CircuitBreaker::call`, failures in a row",
    part: Part::All,
};

const DEFAULTS: About = About {
    name: "failsafe, defaults",
    how: "the same, as `Config::new()` makes it: failures in a row, or the success rate",
    part: Part::Closed,
    ..ABOUT
};

/// The peer, at its fastest.
pub(super) fn contender() -> Result<Contender, String> {
    Contender::of::<InARow>(ABOUT)
}

/// The peer, as it comes.
pub(super) fn contender_with_defaults() -> Result<Contender, String> {
    Contender::of::<Defaults>(DEFAULTS)
}

type InARow = StateMachine<ConsecutiveFailures<Constant>, ()>;
type Defaults = StateMachine<
    OrElse<SuccessRateOverTimeWindow<EqualJittered>, ConsecutiveFailures<EqualJittered>>,
    (),
>;

impl Breaker for InARow {
    type Error = Error<Failed>;

    fn build(tuning: Tuning) -> Self {
        let policy = consecutive_failures(tuning.failures, backoff::constant(tuning.cooldown));
        Config::new().failure_policy(policy).build()
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Result<u64, Self::Error> {
        CircuitBreaker::call(self, async { work(x) }).await
    }

    fn is_refusal(error: &Self::Error) -> bool {
        matches!(error, Error::Rejected)
    }
}

impl Breaker for Defaults {
    type Error = Error<Failed>;

    fn build(_: Tuning) -> Self {
        Config::new().build()
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Result<u64, Self::Error> {
        CircuitBreaker::call(self, async { work(x) }).await
    }

    fn is_refusal(error: &Self::Error) -> bool {
        matches!(error, Error::Rejected)
    }
}

/// What one would write who needs a breaker for each host: the crate has no store of its own.
pub(super) fn keyed_by_hand() -> Keyed {
    let breakers: HashMap<String, InARow> = keys::known()
        .iter()
        .map(|key| (key.clone(), InARow::build(keys::TUNING)))
        .collect();
    let breakers = RwLock::new(breakers);
    Keyed {
        name: "by hand: `RwLock<HashMap<String, _>>` of failsafe's",
        known: Box::new(move |count| {
            for key in keys::cycle(count) {
                let breaker = breakers
                    .read()
                    .ok()
                    .and_then(|breakers| breakers.get(key).cloned());
                let mut breaker = breaker.expect("every key was put in, and no writer panics");
                complete(Breaker::call(&mut breaker, WELL));
            }
        }),
    }
}
