//! The one thing that the gate remembers is a grant. It ends with any change of health.
//!
//! Only the global registry takes this short way, and no sink may be installed. Hence one test, which
//! nobody else may disturb: all others run in registries of their own.

use std::time::Duration;

use health_runtime::{Criticality, Dependency, HealthRegistry, Override};

use crate::support::operations::{evict, purge};
use crate::support::{Mood, MoodyProbe, Ran, SECOND, pass};

#[tokio::test(start_paused = true)]
async fn a_remembered_grant_ends_with_any_change_of_health_with_age_and_with_the_runtime() {
    let (redis, api) = (
        MoodyProbe::new(Mood::Answers),
        MoodyProbe::new(Mood::Answers),
    );
    let critical = |name: &str, probe: &MoodyProbe| {
        let dependency = Dependency::new(name).probe(probe.clone());
        dependency.probe_every(Duration::from_secs(3600))
    };
    let low = |name: &str| Dependency::new(name).criticality(Criticality::Low);
    let health = health_runtime::builder()
        .dependency(critical("redis", &redis))
        .dependency(critical("api", &api))
        .dependency(low("search"))
        .dependency(low("metrics"))
        .init()
        .await
        .unwrap();
    let registry = HealthRegistry::global();
    let asked = || redis.asked() + api.asked();
    let ran = Ran::default();

    purge(&ran).await.unwrap();
    pass(Duration::from_millis(1)).await;
    purge(&ran).await.unwrap();
    assert_eq!(asked(), 2);

    // Age: 30 s with this probe interval.
    pass(Duration::from_millis(29_998)).await;
    purge(&ran).await.unwrap();
    assert_eq!(asked(), 2);
    pass(Duration::from_millis(2)).await;
    purge(&ran).await.unwrap();
    assert_eq!(asked(), 4, "too old to be granted again");

    // The budget is taken from and given back on this way too.
    for _ in 0..3 {
        evict(&ran, Duration::ZERO).await.unwrap();
    }
    assert!(evict(&ran, Duration::ZERO).await.is_err());
    pass(20 * SECOND).await;
    evict(&ran, Duration::ZERO).await.unwrap();
    assert!(evict(&ran, Duration::ZERO).await.is_err());

    // A failure.
    purge(&ran).await.unwrap();
    registry.record_failure("api", "connection refused");
    assert!(purge(&ran).await.is_err());
    pass(15 * SECOND).await;
    purge(&ran).await.unwrap();

    // An override.
    let why = || Override::new("alice", "INC-42", 5 * SECOND);
    registry.force_closed("redis", why()).unwrap();
    assert!(purge(&ran).await.is_err());
    registry.reset("redis", why()).unwrap();
    assert!(purge(&ran).await.is_err());
    pass(70 * SECOND).await;
    purge(&ran).await.unwrap();

    // Somebody else answers.
    redis.is_now(Mood::AnswersAs(1));
    pass(31 * SECOND).await;
    purge(&ran).await.unwrap();
    purge(&ran).await.unwrap();
    redis.is_now(Mood::AnswersAs(2));
    pass(31 * SECOND).await;
    assert!(purge(&ran).await.is_err());
    pass(61 * SECOND).await;
    purge(&ran).await.unwrap();

    // One more dependency.
    purge(&ran).await.unwrap();
    let late = registry.call("late", async { Ok::<_, crate::support::Trouble>(()) });
    late.await.unwrap();
    purge(&ran).await.unwrap();
    pass(3600 * SECOND).await;
    assert!(purge(&ran).await.is_err(), "nobody probes the late one");
    registry.record_success("late");
    purge(&ran).await.unwrap();

    // The end of the runtime.
    let before = ran.times();
    drop(health);
    assert!(purge(&ran).await.is_err());
    assert_eq!(ran.times(), before);
}
