//! `nobreak`: `call_async` of a shared breaker. Counts failures in a row, under a mutex.

use std::sync::Arc;

use ::nobreak::{CircuitBreaker, CircuitError, builder};

use super::{About, Breaker, Part, Tuning};
use crate::call::{Failed, work};
use crate::contender::Contender;

const ABOUT: About = About {
    name: "nobreak",
    package: "nobreak",
    how: "`call_async`, failures in a row",
    part: Part::All,
};

/// The peer.
pub(super) fn contender() -> Result<Contender, String> {
    Contender::of::<Nobreak>(ABOUT)
}

/// It has no handle of its own to share.
#[derive(Clone)]
struct Nobreak(Arc<CircuitBreaker>);

impl Breaker for Nobreak {
    type Error = CircuitError<Failed>;

    fn build(tuning: Tuning) -> Self {
        let breaker = builder()
            .with_failure_threshold(tuning.failures as usize)
            .with_success_threshold(1)
            .with_open_duration(tuning.cooldown)
            .build();
        Self(Arc::new(breaker))
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Result<u64, Self::Error> {
        self.0.call_async(|| async { work(x) }).await
    }

    fn is_refusal(error: &Self::Error) -> bool {
        matches!(error, CircuitError::Open)
    }
}
