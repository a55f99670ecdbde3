//! Where a refusal may go: a variant, a box, the standard library's own.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use health_runtime::{DependencyUnhealthy, guarded};

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Unhealthy(#[from] DependencyUnhealthy),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

#[guarded(deps = ["redis"])]
async fn variant(fail: bool) -> Result<(), Error> {
    if fail {
        Err(std::io::Error::other("failed"))?;
    }
    Ok(())
}

#[guarded(deps = ["redis"])]
async fn plain_box() -> Result<(), Box<dyn std::error::Error>> {
    variant(false).await?;
    Ok(())
}

#[guarded(deps = ["redis"])]
async fn itself() -> Result<(), DependencyUnhealthy> {
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert!(matches!(variant(true).await, Err(Error::Io(_))));
    plain_box().await.unwrap();
    itself().await.unwrap();
}
