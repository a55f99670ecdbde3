//! `breaker`: `CircuitBreaker::call`, with its rule of the failure rate off, which its documentation
//! says is a threshold of zero. The window is kept all the same.

use ::breaker::{CircuitBreaker, CircuitBreakerConfig, CircuitBreakerError};

use super::{About, Breaker, Part, Tuning};
use crate::call::{Failed, work};
use crate::contender::Contender;

const ABOUT: About = About {
    name: "breaker",
    package: "breaker",
    how: "`CircuitBreaker::call`, failures in a row",
    part: Part::All,
};

/// The peer.
pub(super) fn contender() -> Result<Contender, String> {
    Contender::of::<CircuitBreaker>(ABOUT)
}

impl Breaker for CircuitBreaker {
    type Error = CircuitBreakerError<Failed>;

    fn build(tuning: Tuning) -> Self {
        let config = CircuitBreakerConfig::builder()
            .consecutive_failures(tuning.failures)
            .failure_rate_threshold(0.0)
            .wait_duration(tuning.cooldown)
            .half_open_max_calls(1)
            .success_threshold(1)
            .build();
        CircuitBreaker::new(config)
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Result<u64, Self::Error> {
        CircuitBreaker::call(self, || async { work(x) }).await
    }

    fn is_refusal(error: &Self::Error) -> bool {
        matches!(
            error,
            CircuitBreakerError::CircuitOpen | CircuitBreakerError::Rejected
        )
    }
}
