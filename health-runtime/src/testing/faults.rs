//! What calls are made to meet, by the name of their dependency.

use std::time::Duration;

use crate::fault::{Kind, Reach};
use crate::registry::{HealthRegistry, scope};

/// Injects a fault into calls to a dependency, in the present registry.
///
/// Say what happens, then to which calls. Several faults of one dependency are met in the order in
/// which they were injected. A call that meets an error, a hang or a panic does not run its body;
/// to the breaker it is a call that failed, hung or panicked.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::{DependencyUnhealthy, guarded, testing};
///
/// #[guarded(deps = ["redis"])]
/// async fn load() -> Result<u32, DependencyUnhealthy> {
///     Ok(7)
/// }
///
/// testing::run(async {
///     testing::inject("redis").error().next(2);
///     assert!(load().await.is_err());
///     assert!(load().await.is_err());
///     assert_eq!(load().await.unwrap(), 7);
///
///     testing::inject("redis").delay(Duration::from_secs(2)).share(0.5, 42);
///     testing::inject("redis").hang().always();
///     let answer = tokio::time::timeout(Duration::from_secs(5), load()).await;
///     assert!(answer.is_err());
///
///     testing::inject("redis").nothing();
///     assert_eq!(load().await.unwrap(), 7);
/// });
/// ```
#[must_use = "say what happens: `.error()`, `.delay(..)`, `.hang()`, `.panic()`"]
pub fn inject(dependency: &str) -> Injection {
    Injection {
        dependency: dependency.to_owned(),
        kind: None,
    }
}

/// A fault on its way to be injected.
#[derive(Debug)]
#[must_use = "say to which calls: `.next(n)`, `.share(part, seed)`, `.always()`"]
pub struct Injection {
    dependency: String,
    kind: Option<Kind>,
}

impl Injection {
    /// The call fails.
    pub fn error(mut self) -> Self {
        self.kind = Some(Kind::Error);
        self
    }

    /// The call takes this much longer.
    pub fn delay(mut self, by: Duration) -> Self {
        self.kind = Some(Kind::Delay(by));
        self
    }

    /// The call never ends by itself.
    pub fn hang(mut self) -> Self {
        self.kind = Some(Kind::Hang);
        self
    }

    /// The call panics.
    pub fn panic(mut self) -> Self {
        self.kind = Some(Kind::Panic);
        self
    }

    /// The next `n` calls meet it.
    pub fn next(self, n: u32) {
        self.add(Reach::Next(n));
    }

    /// A share of all calls meets it, chosen by a seeded generator.
    ///
    /// # Panics
    ///
    /// When `of_all` is not in `0.0..=1.0`.
    pub fn share(self, of_all: f64, seed: u64) {
        assert!(
            (0.0..=1.0).contains(&of_all),
            "a share is in 0.0..=1.0, got {of_all}"
        );
        self.add(Reach::share(of_all, seed));
    }

    /// Every call meets it.
    pub fn always(self) {
        self.add(Reach::Every);
    }

    /// Takes all faults of the dependency away again.
    pub fn nothing(self) {
        HealthRegistry::current().faults().clear(&self.dependency);
    }

    fn add(self, reach: Reach) {
        assert!(
            scope::scoped().is_some(),
            "faults are met within a scope: `#[health_runtime::test]`, or `registry.scope(..)`"
        );
        let kind = self
            .kind
            .expect("say what happens first: `.error()`, `.hang()`, ...");
        HealthRegistry::current()
            .faults()
            .inject(&self.dependency, kind, reach);
    }
}
