//! Every way to write the arguments.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use health_runtime::{DependencyUnhealthy, destructive};

type Answer = Result<(), DependencyUnhealthy>;

const S3: &str = "s3";

#[destructive(bypass = "user_confirmed")]
async fn quoted(user_confirmed: bool) -> Answer {
    Ok(())
}

#[destructive(bypass = user_confirmed)]
async fn bare(user_confirmed: bool) -> Answer {
    Ok(())
}

#[destructive(permit = "permit")]
async fn quoted_permit() -> Answer {
    permit.check()
}

#[destructive(deps = ["s3"], budget = "50/1m", permit = permit, bypass = user_confirmed, crate = health_runtime,)]
async fn all(user_confirmed: bool) -> Answer {
    assert!(!user_confirmed);
    permit.check()
}

#[destructive(deps = [S3, "redis"], budget = "1/500ms")]
async fn by_const() -> Answer {
    Ok(())
}

#[destructive(budget = "4294967295/24h", permit = _unused)]
async fn large_budget() -> Answer {
    Ok(())
}

fn main() {
    health_runtime::testing::run(async {
        quoted(true).await.unwrap();
        bare(false).await.unwrap();
        quoted_permit().await.unwrap();
        all(false).await.unwrap();
        by_const().await.unwrap();
        large_budget().await.unwrap();
    });
}
