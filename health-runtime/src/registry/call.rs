//! The form without annotations: a call through a registry, by the name of the dependency.

use std::fmt::Display;
use std::future::Future;
use std::pin::pin;

use super::HealthRegistry;
use crate::call::output::judged;
use crate::call::{Call, HeldPlaces, Judge, Judgement, Unjudged};
use crate::classify::{self, Classify};
use crate::error::DependencyUnhealthy;
use crate::probe::Probe;

impl HealthRegistry {
    /// Runs `call` behind the breaker of a dependency, as `#[guarded(deps = ["..."])]` would.
    ///
    /// A name that is not known yet gets a breaker with the defaults. When the application has
    /// declared its dependencies that is more likely a typing error: it is logged as a warning. The
    /// gate waits for proof of it all the same: somebody calls it, so something depends on it.
    /// The future is polled in place, and dropped unpolled when the call is refused.
    ///
    /// An error counts as [`classify_error`](crate::classify_error) says, if it is one that is known
    /// there, or a box around any error; every other is a failure. For an error of your own, that
    /// says how it counts, there is [`call_classified`](Self::call_classified).
    ///
    /// # Errors
    ///
    /// The error of `call`, or a [`DependencyUnhealthy`] turned into it when the call is refused.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives its place back. A call that was dropped after it had waited for
    /// `abandoned_after` counts as a failure.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{DependencyUnhealthy, HealthRegistry};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let registry = HealthRegistry::new();
    /// let answer: Result<u32, DependencyUnhealthy> =
    ///     registry.call("search", async { Ok(42) }).await;
    /// assert_eq!(answer.unwrap(), 42);
    /// # }
    /// ```
    pub async fn call<T, E>(
        &self,
        dependency: &str,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        E: From<DependencyUnhealthy> + Display + 'static,
    {
        self.run(dependency, call, |error: &E| {
            (judged(None, classify::of_any(error)), error.to_string())
        })
        .await
    }

    /// Does what [`call`](Self::call) does, and asks the error how it counts.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{Classify, DependencyState, DependencyUnhealthy, HealthRegistry, Outcome};
    ///
    /// #[derive(Debug)]
    /// struct NotFound;
    ///
    /// impl Classify for NotFound {
    ///     fn classify(&self) -> Outcome {
    ///         Outcome::Success // the dependency answered
    ///     }
    /// }
    ///
    /// impl From<DependencyUnhealthy> for NotFound {
    ///     fn from(_: DependencyUnhealthy) -> Self {
    ///         NotFound
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let registry = HealthRegistry::new();
    /// let answer: Result<(), NotFound> =
    ///     registry.call_classified("search", async { Err(NotFound) }).await;
    /// assert!(answer.is_err());
    /// assert_eq!(registry.get_state("search").unwrap(), DependencyState::Healthy);
    /// # }
    /// ```
    pub async fn call_classified<T, E>(
        &self,
        dependency: &str,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        E: From<DependencyUnhealthy> + Classify,
    {
        self.run(dependency, call, |error: &E| {
            (Judgement::of(error), std::any::type_name::<E>().to_owned())
        })
        .await
    }

    async fn run<T, E>(
        &self,
        dependency: &str,
        future: impl Future<Output = Result<T, E>>,
        judge: impl Judge<E>,
    ) -> Result<T, E>
    where
        E: From<DependencyUnhealthy>,
    {
        let entry = self.entry_or_warn(dependency);
        let mut call = match HeldPlaces::take(vec![entry], Vec::new()) {
            Ok(places) => Call::outside(places),
            Err(refusal) => return Err(E::from(refusal)),
        };
        call.admit_special();
        call.meet(self.faults());
        call.pass_bulkheads(None);
        Unjudged::new(&mut call, pin!(future)).judged(judge).await
    }

    /// Does what [`call`](Self::call) does, and gives the dependency a probe if it has none.
    ///
    /// The probe runs in the background from the first call on, and is what ends an outage: while
    /// the breaker is open nobody else has to be the trial.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, where nothing can run in the background.
    ///
    /// # Cancel safety
    ///
    /// As [`call`](Self::call). The probe goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::probe::TcpProbe;
    /// use health_runtime::{DependencyUnhealthy, HealthRegistry};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let registry = HealthRegistry::new();
    /// let probe = TcpProbe::new("127.0.0.1:9200").send("PING\n").expect("PONG");
    /// let answer: Result<u32, DependencyUnhealthy> =
    ///     registry.call_with_probe("search", async { Ok(42) }, probe).await;
    /// assert_eq!(answer.unwrap(), 42);
    /// # }
    /// ```
    pub async fn call_with_probe<T, E>(
        &self,
        dependency: &str,
        call: impl Future<Output = Result<T, E>>,
        probe: impl Probe,
    ) -> Result<T, E>
    where
        E: From<DependencyUnhealthy> + Display + 'static,
    {
        let entry = self.entry_or_warn(dependency);
        entry.give_probe(probe);
        // Each time: the loop may have ended with the tokio runtime of an earlier call.
        self.start_loop(&entry);
        self.call(dependency, call).await
    }
}
