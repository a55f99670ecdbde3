//! `execution-policy`: `ExecutionPolicy::run` with nothing but a breaker of failures in a row.

use std::sync::Arc;

use ::execution_policy::{
    CircuitBreaker, DefaultCore, ExecutionError, ExecutionPolicy, ExecutionPolicyBuilder,
};

use super::{About, Breaker, Part, Tuning};
use crate::call::{Failed, work};
use crate::contender::Contender;

const ABOUT: About = About {
    name: "execution-policy",
    package: "execution-policy",
    how: "`ExecutionPolicy::run` with a breaker alone, failures in a row",
    part: Part::All,
};

/// The peer.
pub(super) fn contender() -> Result<Contender, String> {
    Contender::of::<Policy>(ABOUT)
}

#[derive(Clone)]
struct Policy(Arc<ExecutionPolicy<DefaultCore, u64, Failed>>);

impl Breaker for Policy {
    type Error = ExecutionError<Failed>;

    fn build(tuning: Tuning) -> Self {
        let breaker =
            CircuitBreaker::consecutive_failures(tuning.failures).open_for(tuning.cooldown);
        let policy = ExecutionPolicyBuilder::new()
            .circuit_breaker(breaker)
            .build();
        Self(Arc::new(policy))
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Result<u64, Self::Error> {
        self.0.run(async || work(x)).await
    }

    fn is_refusal(error: &Self::Error) -> bool {
        matches!(error, ExecutionError::CircuitOpen { .. })
    }
}
