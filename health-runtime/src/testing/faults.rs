//! What calls are made to meet, by the name of their dependency.

use std::time::Duration;

use crate::fault::{Kind, Reach, Target};
use crate::keyed::CallKey;
use crate::outcome::Outcome;
use crate::registry::{HealthRegistry, scope};

/// Injects a fault into calls to a dependency, in the present registry.
///
/// Say what happens, then to which calls. Several faults of one dependency are met in the order in
/// which they were injected. An attempt that meets an error, a hang or a panic does not run the body;
/// to every layer it is one that failed, hung or panicked: it is tried again, cut by `timeout`,
/// answered by the fallback, and counts for the breakers of the dependency, its keys and its roles as
/// a failure of the body would. An error names the dependency as the one to blame.
///
/// Each attempt of a call that is tried again meets the next fault. A call that is refused meets none,
/// and uses none up.
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
#[must_use = "say what happens: `.error()`, `.retry_after(..)`, `.delay(..)`, `.hang()`, `.panic()`"]
pub fn inject(dependency: &str) -> Injection {
    Injection {
        dependency: dependency.to_owned(),
        kind: None,
        target: Target::default(),
    }
}

/// A fault on its way to be injected.
#[derive(Debug)]
#[must_use = "say to which calls: `.next(n)`, `.share(part, seed)`, `.always()`"]
pub struct Injection {
    dependency: String,
    kind: Option<Kind>,
    target: Target,
}

impl Injection {
    /// The call fails with an error that may be over when it is tried again.
    pub fn error(self) -> Self {
        self.kind(Kind::Error(Outcome::FAILURE))
    }

    /// The call fails with an error that trying again does not help against.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{DependencyUnhealthy, guarded, testing};
    ///
    /// #[guarded(deps = ["redis"], attempts = 3)]
    /// async fn load() -> Result<u32, DependencyUnhealthy> {
    ///     Ok(7)
    /// }
    ///
    /// testing::run(async {
    ///     testing::inject("redis").lasting_error().next(1);
    ///     assert!(load().await.is_err());
    ///     assert_eq!(testing::calls("redis").attempts(), 1);
    /// });
    /// ```
    pub fn lasting_error(self) -> Self {
        self.kind(Kind::Error(Outcome::Failure { transient: false }))
    }

    /// The call fails with an error that says how long the dependency wants to be left alone, as a
    /// `Retry-After` does: retries and the cooldown of its breaker wait for so long. The error that
    /// the caller sees carries it as
    /// [`retry_after`](crate::DependencyUnhealthy::retry_after).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use health_runtime::{DependencyUnhealthy, guarded, testing};
    ///
    /// #[guarded(deps = ["redis"], attempts = 2)]
    /// async fn load() -> Result<u32, DependencyUnhealthy> {
    ///     Ok(7)
    /// }
    ///
    /// testing::run(async {
    ///     testing::inject("redis").retry_after(Duration::from_secs(10)).next(1);
    ///     let start = tokio::time::Instant::now();
    ///     assert_eq!(load().await.unwrap(), 7);
    ///     assert_eq!(start.elapsed(), Duration::from_secs(10));
    /// });
    /// ```
    pub fn retry_after(self, wait: Duration) -> Self {
        self.kind(Kind::Error(Outcome::RetryAfter(wait)))
    }

    /// The call takes this much longer.
    pub fn delay(self, by: Duration) -> Self {
        self.kind(Kind::Delay(by))
    }

    /// The call never ends by itself.
    pub fn hang(self) -> Self {
        self.kind(Kind::Hang)
    }

    /// The call panics.
    pub fn panic(self) -> Self {
        self.kind(Kind::Panic)
    }

    /// Only calls with this key meet it, whatever their role. Takes what the argument `key` of
    /// `#[guarded]` takes.
    ///
    /// # Panics
    ///
    /// When it is the key of no call: a [`host`](crate::host) that has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{DependencyUnhealthy, guarded, host, testing};
    ///
    /// #[guarded(deps = ["http"], key = host(address))]
    /// async fn fetch(address: &str) -> Result<u32, DependencyUnhealthy> {
    ///     Ok(7)
    /// }
    ///
    /// testing::run(async {
    ///     testing::inject("http").error().key("bad.example").always();
    ///     assert!(fetch("bad.example").await.is_err());
    ///     assert_eq!(fetch("good.example").await.unwrap(), 7);
    /// });
    /// ```
    pub fn key(mut self, key: impl CallKey) -> Self {
        let entry = HealthRegistry::current()
            .directory()
            .get_or_create(&self.dependency);
        let store = entry.keyed_store_or_new();
        let key = key.with_key(|key| key.map(|key| store.shortened(key).into_owned()));
        assert!(key.is_some(), "a fault is for a key: this one is none");
        self.target.key = key;
        self
    }

    /// Only calls with this role meet it, whatever their key.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::{DependencyUnhealthy, guarded, testing};
    ///
    /// #[guarded(deps = ["s3"], role = "metadata")]
    /// async fn head() -> Result<u32, DependencyUnhealthy> {
    ///     Ok(7)
    /// }
    ///
    /// #[guarded(deps = ["s3"], role = "data")]
    /// async fn get() -> Result<u32, DependencyUnhealthy> {
    ///     Ok(8)
    /// }
    ///
    /// testing::run(async {
    ///     testing::inject("s3").error().role("metadata").always();
    ///     assert!(head().await.is_err());
    ///     assert_eq!(get().await.unwrap(), 8);
    /// });
    /// ```
    pub fn role(mut self, role: &str) -> Self {
        self.target.role = Some(role.to_owned());
        self
    }

    /// The next `n` attempts meet it.
    pub fn next(self, n: u32) {
        self.add(Reach::Next(n));
    }

    /// A share of all attempts meets it, chosen by a seeded generator.
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

    /// Every attempt meets it.
    pub fn always(self) {
        self.add(Reach::Every);
    }

    /// Takes all faults of the dependency away again, also those of its keys and roles.
    pub fn nothing(self) {
        HealthRegistry::current().faults().clear(&self.dependency);
    }

    fn kind(mut self, kind: Kind) -> Self {
        self.kind = Some(kind);
        self
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
            .inject(&self.dependency, kind, self.target, reach);
    }
}
