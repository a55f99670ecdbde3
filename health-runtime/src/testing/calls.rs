//! What has become of the calls to a dependency.

use crate::name::Name;
use crate::registry::HealthRegistry;
use crate::tally::Calls;

/// Returns what has become of the calls to a dependency in the present registry: how many were let
/// in, tried again, refused and why, and how they ended.
///
/// Counted are calls in a scope (`#[health_runtime::test]`, or
/// [`registry.scope(..)`](crate::HealthRegistry::scope)), and calls that name their registry. For a
/// part of a test there is [`Calls::since`]. Who answered in whose place, function by function, says
/// [`HealthRegistry::fallbacks`].
///
/// # Examples
///
/// ```
/// use health_runtime::{DependencyUnhealthy, Reason, guarded, testing};
///
/// #[guarded(deps = ["redis"], attempts = 2, fallback = cached)]
/// async fn load() -> Result<u32, DependencyUnhealthy> {
///     Ok(7)
/// }
///
/// async fn cached() -> Result<u32, DependencyUnhealthy> {
///     Ok(1)
/// }
///
/// testing::run(async {
///     testing::inject("redis").error().next(2);
///     assert_eq!(load().await.unwrap(), 1);
///     testing::trip("redis");
///     assert_eq!(load().await.unwrap(), 1);
///
///     let calls = testing::calls("redis");
///     assert_eq!((calls.admitted, calls.attempts(), calls.failed), (1, 2, 1));
///     assert_eq!(calls.refused.by(Reason::CircuitOpen), 1);
///     assert_eq!(calls.fell_back, 2);
/// });
/// ```
#[must_use]
pub fn calls(dependency: &str) -> Calls {
    let registry = HealthRegistry::current();
    let mut calls = registry
        .directory()
        .context()
        .tally()
        .calls(Name::new(dependency));
    calls.fell_back = registry
        .fallbacks()
        .iter()
        .filter(|counts| counts.deps.contains(&dependency))
        .map(|counts| counts.answered + counts.failed)
        .sum();
    calls
}
