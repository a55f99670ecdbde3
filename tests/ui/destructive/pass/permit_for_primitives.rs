//! The permit reaches whatever the body calls, across awaits, and nothing else.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::pin::Pin;

use async_trait::async_trait;
use health_runtime::{DependencyUnhealthy, DestructivePermit, destructive};

type Answer = Result<u64, DependencyUnhealthy>;

/// Irreversible: whoever calls it has passed a gate.
fn unlink(permit: &DestructivePermit, name: &str) -> Result<usize, DependencyUnhealthy> {
    permit.check()?;
    Ok(name.len())
}

async fn unlink_later(permit: &DestructivePermit) -> Answer {
    permit.checkpoint().await?;
    Ok(permit.fence())
}

#[destructive(deps = ["redis"], permit = "permit")]
async fn wipe(names: Vec<String>) -> Answer {
    for name in &names {
        unlink(permit, name)?;
    }
    let both = (unlink_later(permit), async { Ok::<_, DependencyUnhealthy>(permit.operation().to_string()) });
    assert!(both.1.await?.contains("wipe"));
    both.0.await
}

#[destructive(deps = ["redis"], permit = "token")]
async fn with_a_pattern((first, _): (String, u8)) -> Result<usize, DependencyUnhealthy> {
    unlink(token, &first)
}

#[destructive(deps = ["redis"], permit = "permit")]
fn future(name: &str) -> impl Future<Output = Result<usize, DependencyUnhealthy>> {
    async move { unlink(permit, name) }
}

#[destructive(deps = ["redis"], permit = "permit")]
fn boxed(name: &str) -> Pin<Box<dyn Future<Output = Result<usize, DependencyUnhealthy>> + Send + '_>> {
    Box::pin(async move { unlink(permit, name) })
}

#[async_trait]
trait Disk {
    #[destructive(deps = ["redis"], permit = "permit")]
    async fn erase(&self, name: &str) -> Result<usize, DependencyUnhealthy> {
        unlink(permit, name)
    }
}

struct Real;

impl Disk for Real {}

macro_rules! made {
    ($name:ident, $permit:ident, $body:expr) => {
        #[destructive(deps = ["redis"], permit = $permit)]
        async fn $name() -> Result<usize, DependencyUnhealthy> { $body }
    };
}

made!(made, p, unlink(p, "abc"));

fn main() {
    health_runtime::testing::run(async {
        wipe(vec!["a".into()]).await.unwrap();
        assert_eq!(with_a_pattern(("abc".into(), 1)).await.unwrap(), 3);
        assert_eq!(future("abc").await.unwrap(), 3);
        assert_eq!(boxed("abc").await.unwrap(), 3);
        assert_eq!(Real.erase("abc").await.unwrap(), 3);
        assert_eq!(made().await.unwrap(), 3);
    });
}
