//! "The annotation is there, and does nothing."
//!
//! Met by users of resilience4j, where a missing dependency, a private method or a call within the
//! class switches annotations off without a word (resilience4j/resilience4j#776, #1037, #1191,
//! #1531; spring-cloud/spring-cloud-circuitbreaker#187). Here the attribute is part of the
//! function: the inventory proves it is linked in, and each layer has a test that fails when the
//! layer is removed.

use health_runtime::inventory::{self, SiteKind};
use health_runtime::probe::ProbeError;
use health_runtime::{
    BreakerState, DependencyUnhealthy, HealthRegistry, Reason, destructive, guarded, probe, testing,
};

use crate::subject::{Answer, Error};

#[guarded(deps = ["active", "active-too"])]
async fn a_guarded_function() -> Answer {
    Ok(())
}

#[destructive(deps = ["active"], budget = "3/1m")]
async fn a_destructive_function() -> Result<(), DependencyUnhealthy> {
    Ok(())
}

#[probe(dep = "active", every = "5s")]
async fn a_probe_function() -> Result<(), ProbeError> {
    Ok(())
}

#[test]
fn every_annotated_function_is_in_the_inventory_with_what_its_attribute_says() {
    let mut found: Vec<_> = inventory::sites()
        .into_iter()
        .filter(|site| site.module == module_path!())
        .filter(|site| site.name.starts_with("a_"))
        .map(|site| (site.kind, site.name, site.deps, site.arguments()))
        .collect();
    found.sort_unstable();
    let expected: [(SiteKind, &str, &[&str], &str); 3] = [
        (
            SiteKind::Guarded,
            "a_guarded_function",
            &["active", "active-too"],
            "",
        ),
        (
            SiteKind::Destructive,
            "a_destructive_function",
            &["active"],
            "budget = \"3/1m\"",
        ),
        (
            SiteKind::Probe,
            "a_probe_function",
            &["active"],
            "every = \"5s\"",
        ),
    ];
    assert_eq!(found, expected);
}

struct Service {
    name: &'static str,
}

#[guarded(deps = ["active-free"])]
async fn free() -> Answer {
    Err(Error::Failed("down"))
}

impl Service {
    #[guarded(deps = ["active-private"])]
    async fn private_method(&self) -> Answer {
        assert_eq!(self.name, "service");
        Err(Error::Failed("down"))
    }

    /// The call within the class that proxies do not see.
    async fn calls_its_own(&self) -> Answer {
        self.private_method().await
    }

    #[guarded(deps = ["active-static"])]
    async fn without_self() -> Answer {
        Err(Error::Failed("down"))
    }

    #[guarded(deps = ["active-future"])]
    fn returns_a_future(&self) -> impl Future<Output = Answer> + use<> {
        async { Err(Error::Failed("down")) }
    }

    #[guarded(deps = ["active-generic"])]
    async fn generic<T: ToString>(&self, text: T) -> Answer {
        let _text = text.to_string();
        Err(Error::Failed("down"))
    }
}

trait Store {
    async fn load(&self) -> Answer;
}

impl Store for Service {
    #[guarded(deps = ["active-trait"])]
    async fn load(&self) -> Answer {
        Err(Error::Failed("down"))
    }
}

#[async_trait::async_trait]
trait DynStore {
    async fn load_dyn(&self) -> Answer;
}

#[async_trait::async_trait]
impl DynStore for Service {
    #[guarded(deps = ["active-async-trait"])]
    async fn load_dyn(&self) -> Answer {
        Err(Error::Failed("down"))
    }
}

/// Five failures open the breaker, wherever the function stands; without the attribute all twenty
/// run.
macro_rules! assert_guarded {
    ($dep:literal, $call:expr) => {{
        let mut refused = 0;
        for _ in 0..20 {
            refused += u32::from(matches!($call.await, Err(Error::Refused(_))));
        }
        assert_eq!(refused, 15, "{}", stringify!($call));
        let health = HealthRegistry::current().health($dep).unwrap();
        assert_eq!(health.breaker, BreakerState::Open);
        assert_eq!(health.last_error.unwrap().message.as_ref(), "down");
    }};
}

#[health_runtime::test]
async fn a_guarded_function_is_guarded_wherever_it_stands() {
    a_guarded_function().await.expect("all is well");
    let service = Service { name: "service" };
    assert_guarded!("active-free", free());
    assert_guarded!("active-private", service.calls_its_own());
    assert_guarded!("active-static", Service::without_self());
    assert_guarded!("active-future", service.returns_a_future());
    assert_guarded!("active-generic", service.generic(7));
    assert_guarded!("active-trait", service.load());
    assert_guarded!("active-async-trait", service.load_dyn());
}

#[health_runtime::test]
async fn the_gate_of_a_destructive_function_is_asked() {
    a_destructive_function().await.expect("all is well");
    testing::trip("active");
    let denied = a_destructive_function().await.unwrap_err();
    assert_eq!(denied.reason(), Reason::GateDenied);
}

#[health_runtime::test]
async fn the_budget_of_a_destructive_function_is_counted() {
    for _ in 0..3 {
        a_destructive_function().await.expect("within the budget");
    }
    assert!(a_destructive_function().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn nothing_destructive_runs_before_init() {
    let registry = HealthRegistry::new();
    registry.record_success("active");
    let answer = registry.scope(a_destructive_function()).await;
    assert!(answer.is_err());
}

#[health_runtime::test]
async fn a_probe_is_run_once_the_runtime_is_started() {
    let registry = HealthRegistry::builder().build().unwrap();
    let health = health_runtime::builder()
        .registry(registry.clone())
        .init()
        .await
        .unwrap();
    testing::advance(crate::subject::SECOND).await;
    assert!(
        registry.health("active").unwrap().last_success.is_some(),
        "its probe has succeeded"
    );
    health.shutdown().await;
}
