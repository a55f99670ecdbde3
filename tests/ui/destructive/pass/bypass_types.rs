//! The three types that a bypass may have, wherever the parameter stands and whatever the body does
//! with it.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use health_runtime::{Bypass, DependencyUnhealthy, destructive};

#[destructive(deps = ["redis"], bypass = "sure")]
async fn by_bool(id: String, sure: bool) -> Result<usize, DependencyUnhealthy> {
    Ok(id.len())
}

#[destructive(deps = ["redis"], bypass = "sure")]
async fn by_option(sure: Option<Bypass>, id: String) -> Result<(usize, bool), DependencyUnhealthy> {
    Ok((id.len(), sure.is_some()))
}

#[destructive(deps = ["redis"], bypass = "sure")]
async fn by_bypass(mut sure: Bypass, (id, _): (String, u8)) -> Result<(usize, Bypass), DependencyUnhealthy> {
    let first = sure;
    sure = Bypass::new("body", "took it");
    assert_ne!(first.to_string(), sure.to_string());
    Ok((id.len(), first))
}

type Confirmation = health_runtime::Bypass;

#[destructive(deps = ["redis"], bypass = "_sure")]
async fn by_alias(_sure: Option<Confirmation>) -> Result<(), DependencyUnhealthy> {
    Ok(())
}

#[destructive(deps = ["redis"], bypass = "sure")]
fn by_future(sure: bool) -> impl Future<Output = Result<(), DependencyUnhealthy>> {
    async move { Ok(()) }
}

struct Sessions;

impl Sessions {
    #[destructive(deps = ["redis"], bypass = "r#override")]
    async fn delete(&self, r#override: bool) -> Result<(), DependencyUnhealthy> {
        Ok(())
    }
}

fn main() {
    health_runtime::testing::run(async {
        health_runtime::testing::trip("redis");
        let bypass = || Bypass::new("ann", "INC-42");

        assert!(by_bool("a".into(), false).await.is_err());
        assert_eq!(by_bool("a".into(), true).await.unwrap(), 1);
        assert!(by_option(None, "a".into()).await.is_err());
        assert_eq!(by_option(Some(bypass()), "a".into()).await.unwrap(), (1, true));
        assert_eq!(by_bypass(bypass(), ("a".into(), 1)).await.unwrap().0, 1);
        assert!(by_alias(None).await.is_err());
        by_alias(Some(bypass())).await.unwrap();
        assert!(by_future(false).await.is_err());
        by_future(true).await.unwrap();
        Sessions.delete(true).await.unwrap();
    });
}
