//! `breaker-machines`: `AsyncCircuitBreaker::call`. It counts the failures in a window of time, 60 s
//! as in its documentation; a rule of failures in a row it does not have.

use std::sync::Arc;

use ::breaker_machines::{AsyncCircuitBreaker, CircuitBreaker, CircuitError};

use super::{About, Breaker, Part, Tuning};
use crate::call::{Failed, work};
use crate::contender::Contender;

const ABOUT: About = About {
    name: "breaker-machines",
    package: "breaker-machines",
    how: "`AsyncCircuitBreaker::call`, failures in 60 s",
    part: Part::All,
};

/// The peer.
pub(super) fn contender() -> Result<Contender, String> {
    Contender::of::<Shared>(ABOUT)
}

#[derive(Clone)]
struct Shared(Arc<AsyncCircuitBreaker>);

impl Breaker for Shared {
    type Error = CircuitError<Failed>;

    fn build(tuning: Tuning) -> Self {
        let breaker = CircuitBreaker::builder("bench")
            .failure_threshold(tuning.failures as usize)
            .failure_window_secs(60.0)
            .half_open_timeout_secs(tuning.cooldown.as_secs_f64())
            .success_threshold(1)
            .build_async();
        Self(Arc::new(breaker))
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Result<u64, Self::Error> {
        self.0.call(|| async { work(x) }).await
    }

    fn is_refusal(error: &Self::Error) -> bool {
        matches!(
            error,
            CircuitError::Open { .. } | CircuitError::HalfOpenLimitReached { .. }
        )
    }

    fn says_closed(&self) -> Option<bool> {
        Some(self.0.is_closed())
    }
}
