//! `circuitbreaker-rs`: `call_async` with its default policy, of which only the rule of failures in
//! a row can fire.

use ::circuitbreaker_rs::{BreakerError, CircuitBreaker, DefaultPolicy};

use super::{About, Breaker, Part, Tuning};
use crate::call::{Failed, work};
use crate::contender::Contender;

const ABOUT: About = About {
    name: "circuitbreaker-rs",
    package: "circuitbreaker-rs",
    how: "`call_async`, failures in a row",
    part: Part::All,
};

/// The peer.
pub(super) fn contender() -> Result<Contender, String> {
    Contender::of::<Shared>(ABOUT)
}

type Shared = CircuitBreaker<DefaultPolicy, Failed>;

impl Breaker for Shared {
    type Error = BreakerError<Failed>;

    fn build(tuning: Tuning) -> Self {
        Shared::builder()
            .min_throughput(u64::MAX)
            .consecutive_failures(tuning.failures.into())
            .consecutive_successes(1)
            .probe_interval(1)
            .cooldown(tuning.cooldown)
            .build()
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Result<u64, Self::Error> {
        self.call_async(|| async { work(x) }).await
    }

    fn is_refusal(error: &Self::Error) -> bool {
        matches!(error, BreakerError::Open)
    }
}
