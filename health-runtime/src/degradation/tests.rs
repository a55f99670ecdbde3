//! Levels of a registry whose dependencies fail and recover.

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::{Levels, Rule};
use crate::breaker::Override;
use crate::dependency::Dependency;
use crate::error::DependencyUnhealthy;
use crate::init;
use crate::probe::{self, ProbeError};
use crate::registry::{self, HealthRegistry};
use crate::state::DependencyState::Degraded;
use crate::sync::Mutex;

const SECOND: Duration = Duration::from_secs(1);

type Answer = Result<(), DependencyUnhealthy>;

/// The levels of the strategy matrix in the design.
fn matrix() -> Levels {
    Levels::new()
        .level("search degraded", Rule::all(["exa_api", "tavily_api"]))
        .level("memory degraded", Rule::any(["qdrant"]))
        .level("state degraded", Rule::any(["firebase"]))
        .level("critical", Rule::any(["claude_api"]))
}

fn registry_with(levels: Levels) -> HealthRegistry {
    HealthRegistry::builder()
        .seed(1)
        .degradation(levels)
        .build()
        .expect("the levels are sound")
}

fn trip(registry: &HealthRegistry, dependency: &str) {
    (0..5).for_each(|_| registry.record_failure(dependency, "down"));
}

fn by_alice(lasts: Duration) -> Override {
    Override::new("alice", "upgrade", lasts)
}

fn reset(registry: &HealthRegistry, dependency: &str) {
    registry.reset(dependency, by_alice(SECOND)).unwrap();
}

fn level(registry: &HealthRegistry) -> u32 {
    registry.degradation().level
}

#[tokio::test(start_paused = true)]
async fn the_matrix_rises_with_each_outage_and_falls_with_each_recovery() {
    let registry = registry_with(matrix());
    let story = [
        ("exa_api", 0),
        ("tavily_api", 1),
        ("firebase", 3),
        ("qdrant", 3),
        ("claude_api", 4),
    ];
    for (dependency, expected) in story {
        trip(&registry, dependency);
        assert_eq!(level(&registry), expected, "after {dependency} went down");
    }
    let story = [
        ("exa_api", 4),
        ("claude_api", 3),
        ("firebase", 2),
        ("qdrant", 0),
    ];
    for (dependency, expected) in story {
        reset(&registry, dependency);
        assert_eq!(level(&registry), expected, "after {dependency} came back");
    }
}

#[tokio::test(start_paused = true)]
async fn a_level_says_since_when_and_because_of_whom() {
    let registry = registry_with(matrix());
    sleep(SECOND).await;
    let normal = registry.degradation();
    assert!(normal.is_normal() && normal.because.is_empty());

    let start = Instant::now().into_std();
    trip(&registry, "exa_api");
    trip(&registry, "tavily_api");
    sleep(SECOND / 10).await;
    let level = registry.degradation();
    assert_eq!((level.level, level.name), (1, "search degraded"));
    assert_eq!(*level.because, ["exa_api", "tavily_api"]);
    assert_eq!(level.since, start, "not when it was asked");
}

#[tokio::test(start_paused = true)]
async fn the_reasons_of_a_level_stay_right_while_it_lasts() {
    let registry = registry_with(Levels::new().level("slow", Rule::any(["a", "b"])));
    trip(&registry, "a");
    trip(&registry, "b");
    assert_eq!(*registry.degradation().because, ["a", "b"]);
    reset(&registry, "a");
    assert_eq!(*registry.degradation().because, ["b"]);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_hears_of_every_change_at_once_and_of_nothing_else() {
    let registry = registry_with(matrix());
    let mut changes = registry.degradation_changes();
    let silent = |changes: &tokio::sync::watch::Receiver<_>| !changes.has_changed().unwrap();

    trip(&registry, "telegram_api");
    trip(&registry, "exa_api");
    assert!(silent(&changes), "no level has changed");
    trip(&registry, "qdrant");
    assert_eq!(changes.borrow_and_update().level, 2);
    trip(&registry, "tavily_api");
    registry.record_failure("qdrant", "still down");
    assert!(silent(&changes), "the higher level hides the lower one");
    reset(&registry, "qdrant");
    assert_eq!(changes.borrow_and_update().level, 1);
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_is_in_flight_is_no_recovery() {
    let registry = registry_with(Levels::new().level("slow", Rule::any(["redis"])));
    trip(&registry, "redis");
    sleep(registry.health("redis").unwrap().retry_after).await;
    let changes = registry.degradation_changes();
    let trial = tokio::spawn({
        let registry = registry.clone();
        async move { registry.call("redis", pending::<Answer>()).await }
    });
    sleep(SECOND / 10).await;
    assert_eq!(level(&registry), 1);
    assert!(!changes.has_changed().unwrap(), "it never fell");
    trial.abort();
    trial.await.unwrap_err();
    assert_eq!(level(&registry), 1, "nor is one that was given up");
    let trial: Answer = registry.call("redis", async { Ok(()) }).await;
    trial.unwrap();
    assert_eq!(level(&registry), 0);
}

/// Waits until the next call would be the trial.
async fn cool_down(registry: &HealthRegistry, dependency: &str) {
    sleep(registry.health(dependency).unwrap().retry_after).await;
}

#[tokio::test(start_paused = true)]
async fn trials_of_calls_that_fail_do_not_make_the_level_flap() {
    let registry = registry_with(Levels::new().level("slow", Rule::any(["redis"])));
    let mut changes = registry.degradation_changes();
    trip(&registry, "redis");
    assert_eq!(changes.borrow_and_update().level, 1);
    for _ in 0..5 {
        cool_down(&registry, "redis").await;
        assert_eq!(level(&registry), 1, "the cooldown is over");
        registry.record_failure("redis", "still down");
        assert_eq!(level(&registry), 1, "the trial has failed");
    }
    assert!(!changes.has_changed().unwrap(), "it never fell");
    cool_down(&registry, "redis").await;
    registry.record_success("redis");
    assert_eq!(changes.borrow_and_update().level, 0);
}

/// Two functions with `level = "slow"`, by the address of their sites.
const LOAD: usize = 1;
const WARM: usize = 2;

fn passes(registry: &HealthRegistry, function: usize, deps: &[&str]) -> bool {
    registry.shed_from("slow", function, deps).is_ok()
}

#[tokio::test(start_paused = true)]
async fn what_is_shed_by_its_level_is_the_trial_where_nobody_else_is() {
    let registry = registry_with(Levels::new().level("slow", Rule::any(["redis"])));
    let is_let_in = || passes(&registry, LOAD, &["redis"]);
    assert!(is_let_in());
    trip(&registry, "redis");
    assert!(!is_let_in(), "the circuit is open");
    for _ in 0..3 {
        cool_down(&registry, "redis").await;
        assert!(is_let_in(), "somebody has to try");
        registry.record_failure("redis", "still down");
        assert!(!is_let_in(), "the next cooldown");
    }
    cool_down(&registry, "redis").await;
    let mut trial = Box::pin(registry.call("redis", pending::<Answer>()));
    let started = timeout(SECOND / 10, &mut trial).await;
    assert!(started.is_err() && !is_let_in(), "a trial is on its way");
    drop(trial);
    assert!(is_let_in(), "it was given up");
    registry.record_success("redis");
    assert!(is_let_in() && level(&registry) == 0);
}

#[tokio::test(start_paused = true)]
async fn a_function_that_may_call_what_is_waited_for_is_let_through_once_a_second() {
    let registry = registry_with(Levels::new().level("slow", Rule::any(["redis"])));
    trip(&registry, "redis");
    assert!(!passes(&registry, LOAD, &["store"]), "no call would do");
    cool_down(&registry, "redis").await;
    for _ in 0..3 {
        assert!(passes(&registry, LOAD, &["store"]));
        assert!(!passes(&registry, LOAD, &["store"]));
        assert!(passes(&registry, WARM, &["store"]), "it has its own turns");
        assert!(!passes(&registry, WARM, &["store"]));
        sleep(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_level_of_degraded_dependencies_lets_one_call_a_second_find_out() {
    let slow = Rule::any(["redis"]).at_least(Degraded);
    let registry = registry_with(Levels::new().level("slow", slow));
    registry.record_failure("redis", "slow");
    assert_eq!(level(&registry), 1);
    assert!(passes(&registry, LOAD, &["redis"]));
    assert!(!passes(&registry, LOAD, &["redis"]));
    sleep(SECOND).await;
    assert!(passes(&registry, LOAD, &["redis"]));

    registry.record_success("redis");
    registry
        .set_state("redis", Degraded, by_alice(60 * SECOND))
        .unwrap();
    sleep(SECOND).await;
    assert!(!passes(&registry, LOAD, &["redis"]), "an operator says so");
}

#[tokio::test(start_paused = true)]
async fn where_a_probe_runs_nothing_is_let_through_to_find_out() {
    let registry = registry_with(Levels::new().level("slow", Rule::any(["redis"])));
    let probe = probe::from_fn(|| async { Err::<(), _>(ProbeError::new("down")) });
    let _answer: Answer = registry
        .call_with_probe("redis", async { Ok(()) }, probe)
        .await;
    trip(&registry, "redis");
    for _ in 0..1000 {
        assert!(!passes(&registry, LOAD, &["redis"]));
        assert!(!passes(&registry, WARM, &["store"]));
        sleep(SECOND / 10).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_a_trial_is_not_shed_by_the_level_that_waits_for_it() {
    let registry = registry_with(Levels::new().level("slow", Rule::any(["redis"])));
    trip(&registry, "redis");
    cool_down(&registry, "redis").await;
    let part = async { registry.shed_from("slow", LOAD, &["redis"]) };
    let trial: Answer = registry.call("redis", part).await;
    trial.unwrap();
    assert_eq!(level(&registry), 0);
}

#[tokio::test(start_paused = true)]
async fn probes_that_fail_do_not_make_the_level_flap() {
    let registry = registry_with(Levels::new().level("slow", Rule::any(["redis"])));
    let is_up = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&is_up);
    let probe = probe::from_fn(move || {
        let is_up = switch.load(Ordering::Relaxed);
        async move { is_up.then_some(()).ok_or_else(|| ProbeError::new("down")) }
    });
    let _answer: Answer = registry
        .call_with_probe("redis", async { Ok(()) }, probe)
        .await;
    let mut changes = registry.degradation_changes();
    let mut seen = Vec::new();
    let outage = async {
        loop {
            changes.changed().await.unwrap();
            seen.push(changes.borrow_and_update().level);
        }
    };
    assert!(timeout(300 * SECOND, outage).await.is_err());
    is_up.store(true, Ordering::Relaxed);
    let back = timeout(120 * SECOND, changes.changed()).await;
    back.expect("its next probe succeeds").unwrap();
    seen.push(changes.borrow_and_update().level);
    assert_eq!(
        seen,
        [1, 0],
        "five minutes of probes that fail are one change"
    );
}

/// Nobody asks: the ticker looks.
#[tokio::test(start_paused = true)]
async fn what_time_alone_changes_is_published_within_a_second() {
    let slow = Rule::any(["redis"]).at_least(Degraded);
    let registry = registry_with(Levels::new().level("slow", slow));
    registry.record_success("redis");
    let health = init::builder()
        .registry(registry.clone())
        .init()
        .await
        .unwrap();
    registry
        .set_state("redis", Degraded, by_alice(3 * SECOND))
        .unwrap();
    let mut changes = registry.degradation_changes();
    assert_eq!(changes.borrow_and_update().level, 1);
    let start = Instant::now();
    let fell = timeout(60 * SECOND, changes.changed()).await;
    fell.expect("the ticker looks").unwrap();
    assert_eq!(changes.borrow_and_update().level, 0);
    let waited = start.elapsed();
    assert!(waited >= 3 * SECOND && waited <= 4 * SECOND, "{waited:?}");
    health.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn an_override_counts_while_it_lasts_and_no_longer() {
    let registry =
        registry_with(Levels::new().level("slow", Rule::any(["redis"]).at_least(Degraded)));
    registry.record_success("redis");
    registry
        .set_state("redis", Degraded, by_alice(3 * SECOND))
        .unwrap();
    assert_eq!(level(&registry), 1);
    sleep(3 * SECOND).await;
    assert_eq!(level(&registry), 0);
}

#[tokio::test(start_paused = true)]
async fn the_present_registry_is_that_of_the_scope() {
    let registry = registry_with(Levels::new().level("slow", Rule::any(["redis"])));
    trip(&registry, "redis");
    let scoped = registry.scope(async { registry::degradation() }).await;
    assert_eq!(scoped.name, "slow");
}

#[tokio::test(start_paused = true)]
async fn a_question_for_a_level_takes_higher_ones_for_a_yes_and_unknown_ones_for_an_error() {
    let registry = registry_with(matrix());
    trip(&registry, "firebase");
    assert_eq!(registry.level_at_least("memory degraded"), Ok(true));
    assert_eq!(registry.level_at_least("state degraded"), Ok(true));
    assert_eq!(registry.level_at_least("critical"), Ok(false));
    assert_eq!(registry.level_at_least(3), Ok(true));
    assert_eq!(registry.level_at_least(4), Ok(false));
    assert!(registry.level_at_least(5).is_err());
    assert!(registry.level_at_least("critcal").is_err());
}

#[tokio::test(start_paused = true)]
async fn levels_that_are_given_to_a_running_outage_are_right_from_the_start() {
    let registry = HealthRegistry::new();
    trip(&registry, "redis");
    registry.set_levels(Levels::new().level("slow", Rule::any(["redis"])));
    assert_eq!(registry.degradation_changes().borrow().level, 1);
    registry.set_levels(Levels::new());
    assert_eq!(registry.degradation_changes().borrow().level, 0);
}

#[tokio::test]
async fn a_dependency_that_nobody_knows_keeps_the_service_from_starting() {
    let levels = Levels::new().level("slow", Rule::any(["rediss"]));
    let expected = "degradation level `slow` looks at `rediss`, which is not declared; did you \
                    mean `redis`?";
    let error = init::builder()
        .registry(HealthRegistry::new())
        .dependency(Dependency::new("redis"))
        .degradation(levels.clone())
        .init()
        .await
        .unwrap_err();
    assert!(
        error.problems().iter().any(|problem| problem == expected),
        "{error}"
    );
    let error = HealthRegistry::builder()
        .dependency(Dependency::new("redis"))
        .degradation(levels)
        .build()
        .unwrap_err();
    assert_eq!(error.problems(), [expected]);
}

#[test]
fn a_level_that_cannot_be_meant_keeps_the_registry_from_being_made() {
    let error = HealthRegistry::builder()
        .degradation(Levels::new().level("normal", Rule::any(["redis"])))
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("level 0"), "{error}");
}

#[test]
fn whoever_looks_last_is_right_also_with_many_at_a_time() {
    let registry = registry_with(matrix());
    let names = ["exa_api", "tavily_api", "qdrant", "firebase", "claude_api"];
    std::thread::scope(|scope| {
        for name in names {
            let registry = &registry;
            scope.spawn(move || {
                for _ in 0..200 {
                    trip(registry, name);
                    reset(registry, name);
                }
                if name == "qdrant" {
                    trip(registry, name);
                }
            });
        }
    });
    // Not asked, but as it was published.
    assert_eq!(registry.degradation_changes().borrow().level, 2);
}

/// Keeps the lines about degradation, and uses the registry while it is told of them, as the
/// subscriber of a user may.
struct Listener {
    lines: Arc<Mutex<Vec<String>>>,
    registry: HealthRegistry,
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "health_runtime::degradation"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.lines.lock().push(line.0);
        self.registry.record_failure("log_store", "full");
        assert!(self.registry.level_at_least(0).unwrap());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let field = match field.name() {
            "message" => format!(" {value:?}"),
            name => format!(" {name}={value:?}"),
        };
        self.0.push_str(&field);
    }
}

#[tokio::test(start_paused = true)]
async fn each_change_is_one_line_with_from_to_and_because() {
    let registry = registry_with(matrix());
    let lines = Arc::new(Mutex::new(Vec::new()));
    let listener = Listener {
        lines: Arc::clone(&lines),
        registry: registry.clone(),
    };
    let _listening = tracing::subscriber::set_default(listener);
    trip(&registry, "exa_api");
    trip(&registry, "tavily_api");
    trip(&registry, "qdrant");
    for _ in 0..3 {
        assert_eq!(level(&registry), 2, "asking tells nothing");
    }
    reset(&registry, "exa_api");
    reset(&registry, "qdrant");
    trip(&registry, "qdrant");
    registry.set_levels(Levels::new());
    assert_eq!(
        *lines.lock(),
        [
            "INFO degradation rises to level 1 (search degraded) from level 0 (normal), because of \
             exa_api, tavily_api from=0 to=1 because=exa_api, tavily_api",
            "INFO degradation rises to level 2 (memory degraded) from level 1 (search degraded), \
             because of qdrant from=1 to=2 because=qdrant",
            "INFO degradation falls to level 0 (normal) from level 2 (memory degraded), no longer \
             because of qdrant from=2 to=0 because=qdrant",
            "INFO degradation rises to level 2 (memory degraded) from level 0 (normal), because of \
             qdrant from=0 to=2 because=qdrant",
            "INFO degradation falls to level 0 (normal) from level 2 (memory degraded) from=2 to=0 \
             because=",
        ]
    );
}
