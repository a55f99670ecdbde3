//! Without arguments: every critical dependency has to be proven healthy.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use health_runtime::{DependencyUnhealthy, destructive, probe};

/// What the gate asks about.
#[probe(dep = "redis")]
async fn ping() -> Result<(), DependencyUnhealthy> {
    Ok(())
}

/// Terminates.
#[destructive]
pub async fn terminate_session(id: String) -> Result<usize, DependencyUnhealthy> {
    Ok(id.len())
}

#[health_runtime::destructive()]
async fn with_empty_parentheses() -> Result<(), DependencyUnhealthy> {
    Ok(())
}

fn main() {
    health_runtime::testing::run(async {
        assert_eq!(terminate_session("four".to_owned()).await.unwrap(), 4);
        with_empty_parentheses().await.unwrap();
        health_runtime::testing::trip("redis");
        assert!(with_empty_parentheses().await.is_err());
    });
}
