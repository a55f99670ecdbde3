//! `tower-resilience`: the circuit breaker layer around a `service_fn`, with failures in a row; and
//! as its builder makes it, with a rate over the last 100 calls. A call is `ready` and `call`, as
//! with every `tower` service, which boxes its future.

use std::future::Ready;

use ::tower_resilience_circuitbreaker::{
    CircuitBreaker, CircuitBreakerError, CircuitBreakerLayer, DefaultClassifier,
};
use tower::util::ServiceFn;
use tower::{Service, ServiceExt, service_fn};

use super::{About, Breaker, Part, Tuning};
use crate::call::{Failed, work};
use crate::contender::Contender;

const ABOUT: About = About {
    name: "tower-resilience",
    package: "tower-resilience-circuitbreaker",
    how: "`ready` and `call` of a service, failures in a row",
    part: Part::All,
};

const DEFAULTS: About = About {
    name: "tower-resilience, defaults",
    how: "the same, as its builder makes it: the failure rate over the last 100 calls",
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

type Inner = ServiceFn<fn(u64) -> Ready<Result<u64, Failed>>>;
type Protected = CircuitBreaker<Inner, DefaultClassifier>;

fn inner() -> Inner {
    service_fn(|x| std::future::ready(work(x)))
}

#[derive(Clone)]
struct InARow(Protected);

impl Breaker for InARow {
    type Error = CircuitBreakerError<Failed>;

    fn build(tuning: Tuning) -> Self {
        let layer = CircuitBreakerLayer::builder()
            .consecutive_failures(tuning.failures as usize)
            .wait_duration_in_open(tuning.cooldown)
            .permitted_calls_in_half_open(1)
            .build()
            .expect("the values are within their limits");
        Self(layer.layer_fn(inner()))
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Result<u64, Self::Error> {
        self.0.ready().await?.call(x).await
    }

    fn is_refusal(error: &Self::Error) -> bool {
        error.is_circuit_open()
    }
}

#[derive(Clone)]
struct Defaults(Protected);

impl Breaker for Defaults {
    type Error = CircuitBreakerError<Failed>;

    fn build(_: Tuning) -> Self {
        let layer = CircuitBreakerLayer::builder()
            .build()
            .expect("the defaults are within their limits");
        Self(layer.layer_fn(inner()))
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Result<u64, Self::Error> {
        self.0.ready().await?.call(x).await
    }

    fn is_refusal(error: &Self::Error) -> bool {
        error.is_circuit_open()
    }
}
