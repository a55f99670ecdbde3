//! Both attributes on one function, in either order and under any path. Neither import is unused.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use health_runtime::{DependencyUnhealthy, destructive as gate, guarded};

mod renamed {
    pub use health_runtime::{destructive, guarded};
}

type Answer = Result<u64, DependencyUnhealthy>;

#[guarded(deps = ["redis"])]
#[health_runtime::destructive(permit = "permit", budget = "1/1m")]
async fn guarded_first(id: String) -> Answer {
    assert_eq!(id, "x");
    Ok(permit.fence())
}

#[renamed::destructive]
#[renamed::guarded(deps = ["redis", "api"])]
async fn gate_first((a, b): (u64, u64)) -> Answer {
    Ok(a + b)
}

#[health_runtime::destructive(bypass = sure)]
/// Between them.
#[inline]
#[guarded(deps = ["redis"],)]
async fn with_others_between(sure: bool) -> Answer {
    Ok(u64::from(sure))
}

#[gate]
async fn renamed_gate() -> Answer {
    Ok(1)
}

struct Sessions(u64);

#[async_trait::async_trait]
trait Delete {
    async fn delete(&self, sure: bool) -> Answer;
}

#[async_trait::async_trait]
impl Delete for Sessions {
    #[guarded(deps = ["redis"])]
    #[health_runtime::destructive(bypass = "sure", permit = "permit")]
    async fn delete(&self, sure: bool) -> Answer {
        permit.check()?;
        Ok(self.0 + u64::from(sure))
    }
}

fn main() {
    health_runtime::testing::run(async {
        guarded_first("x".into()).await.unwrap();
        assert_eq!(gate_first((1, 2)).await.unwrap(), 3);
        assert_eq!(with_others_between(true).await.unwrap(), 1);
        assert_eq!(renamed_gate().await.unwrap(), 1);
        assert_eq!(Sessions(1).delete(true).await.unwrap(), 2);

        // The gate stands outside, and a bypass is for the gate alone: the breaker still refuses.
        health_runtime::testing::trip("redis");
        assert!(with_others_between(true).await.is_err());
    });
}
