//! Each test has a registry of its own, in which everything mentioned is healthy.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

#[allow(dead_code, reason = "unused when it is a module")]
fn main() {}

#[cfg(test)]
mod tests {
    use health_runtime::testing;
    use health_runtime::{DependencyUnhealthy, Reason, guarded};

    #[guarded(deps = ["a dependency of this file"])]
    async fn call() -> Result<(), DependencyUnhealthy> {
        Ok(())
    }

    #[health_runtime::test]
    async fn one_trips_it() {
        testing::trip("a dependency of this file");
        assert_eq!(call().await.unwrap_err().reason(), Reason::CircuitOpen);
    }

    #[health_runtime::test]
    async fn the_other_does_not_see_it() -> Result<(), DependencyUnhealthy> {
        call().await
    }
}
