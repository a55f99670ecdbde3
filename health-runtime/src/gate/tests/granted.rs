//! What the gate remembers of a grant: the next call is granted without a look.
//!
//! Only the global registry takes that way in a program, and only without a sink.

use std::time::Instant;

use super::super::permit::WatchDestructive;
use super::*;
use crate::circuit::Context;
use crate::clock::{Clock, ManualClock};
use crate::dependency::Dependency;
use crate::error::DependencyUnhealthy;
use crate::registry::HealthRegistry;

const OFF: OperationPolicy = OperationPolicy {
    mode: Some(GateMode::Off),
    budget: None,
    bypass: BypassRule::Allow,
};

struct House {
    registry: HealthRegistry,
    clock: ManualClock,
    operation: Arc<Operation>,
}

impl House {
    /// Redis has just answered.
    fn with(policy: GatePolicy, budget: Option<Budget>) -> Self {
        let clock = ManualClock::new();
        let registry = HealthRegistry::builder()
            .seed(1)
            .clock(clock.clone())
            .dependency(Dependency::new("redis"))
            .build()
            .unwrap();
        registry.gate().set_policy(policy);
        registry.gate().set_started(true);
        registry.record_success("redis");
        let operation = registry.gate().operation(Declared {
            name: "purge",
            module: "app",
            file: "src/app.rs",
            line: 7,
            deps: &["redis"],
            options: "",
            budget,
        });
        Self {
            registry,
            clock,
            operation,
        }
    }

    fn of(policy: GatePolicy) -> Self {
        Self::with(policy, None)
    }

    /// Its operation, as an operator wants it.
    fn rule(&self, policy: OperationPolicy) {
        let policies = BTreeMap::from([("purge".to_owned(), policy)]);
        self.registry.gate().set_operation_policies(policies);
    }

    async fn ask(&self, bypass: Option<Bypass>) -> Result<DestructivePermit, DependencyUnhealthy> {
        let gate = Arc::clone(self.registry.gate());
        gate.ask(Arc::clone(&self.operation), bypass).await
    }

    fn again(&self) -> Option<DestructivePermit> {
        self.registry.gate().grant_again(&self.operation)
    }
}

/// What the body of a call hears that looks at its permit.
async fn check(permit: &DestructivePermit) -> Result<(), DependencyUnhealthy> {
    let body = std::pin::pin!(async { permit.check() });
    WatchDestructive::new(permit, body).await
}

#[tokio::test(start_paused = true)]
async fn a_grant_is_given_again_while_nothing_has_changed_and_its_proof_is_fresh() {
    let house = House::of(GatePolicy::default());
    assert!(house.again().is_none(), "nothing was granted yet");
    drop(house.ask(None).await.unwrap());
    let permit = house.again().expect("granted again");
    let asked: Vec<_> = permit.epochs().iter().map(|(name, _)| *name).collect();
    assert_eq!(asked, ["redis"], "critical, and named: one of a kind");
    check(&permit).await.unwrap();
    house.clock.advance(Duration::from_millis(3_999));
    assert!(house.again().is_some());
    house.registry.record_failure("redis", "down");
    assert!(house.again().is_none());
    assert!(check(&permit).await.is_err(), "it is bound to its version");
}

#[tokio::test(start_paused = true)]
async fn a_grant_on_old_proof_lasts_for_what_is_left_of_it() {
    let house = House::of(GatePolicy {
        max_evidence_age: Some(4 * SECOND),
        ..GatePolicy::default()
    });
    house.clock.advance(SECOND);
    drop(house.ask(None).await.unwrap());
    house.clock.advance(3 * SECOND - Duration::from_nanos(1));
    assert!(house.again().is_some());
    house.clock.advance(Duration::from_nanos(1));
    assert!(house.again().is_none());
}

#[tokio::test(start_paused = true)]
async fn what_is_only_observed_is_asked_each_time() {
    let observing = GatePolicy {
        mode: GateMode::Observe,
        ..GatePolicy::default()
    };
    let house = House::of(observing);
    drop(house.ask(None).await.unwrap());
    assert!(
        house.again().is_none(),
        "its permit would be one that stops the body"
    );
    house.registry.record_failure("redis", "down");
    drop(house.ask(None).await.unwrap());
    assert!(house.again().is_none());
    assert_eq!(house.operation.counts().observed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_on_a_bypass_leaves_nothing_for_the_next_one() {
    let house = House::of(GatePolicy::default());
    let alice = || Some(Bypass::new("alice", "INC-42"));
    drop(house.ask(alice()).await.unwrap());
    assert!(house.again().is_none());
    house.registry.record_failure("redis", "down");
    drop(house.ask(alice()).await.unwrap());
    assert!(house.again().is_none());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_granted_again_where_every_call_wants_a_probe_of_its_own() {
    let house = House::of(GatePolicy {
        preflight: Preflight::Always,
        ..GatePolicy::default()
    });
    drop(house.ask(None).await.unwrap());
    assert!(house.again().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_is_given_again_takes_its_place_in_the_budget_and_gives_it_back() {
    let house = House::with(GatePolicy::default(), Some(Budget::new(2, SECOND)));
    let first = house.ask(None).await.unwrap();
    let second = house.again().unwrap();
    assert!(house.again().is_none());
    house.clock.advance(SECOND);
    assert!(house.again().is_none(), "both still run");
    drop((first, second));
    house.clock.advance(SECOND / 2);
    assert!(house.again().is_some());
    assert!(house.again().is_none());
}

/// Switched off for a while by an operator, who does not mean to lift the limit on what is running.
#[tokio::test(start_paused = true)]
async fn a_call_that_was_let_through_unasked_gives_back_no_place_of_another() {
    let house = House::with(GatePolicy::default(), Some(Budget::new(1, SECOND)));
    let running = house.ask(None).await.unwrap();
    house.rule(OFF);
    drop(house.ask(None).await.unwrap());
    house.rule(OperationPolicy::default());
    house.clock.advance(2 * SECOND);
    assert!(house.ask(None).await.is_err(), "one still runs");
    drop(running);
    house.clock.advance(SECOND);
    house.ask(None).await.map(drop).unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_operator_who_only_observes_from_now_on_stops_no_running_body() {
    let house = House::of(GatePolicy::default());
    let permit = house.ask(None).await.unwrap();
    house.registry.record_failure("redis", "down");
    assert!(check(&permit).await.is_err());
    house.registry.gate().set_policy(GatePolicy {
        mode: GateMode::Observe,
        ..GatePolicy::default()
    });
    check(&permit).await.unwrap();
}

/// While the decision is written, for instance.
#[tokio::test(start_paused = true)]
async fn what_was_granted_under_rules_that_were_replaced_meanwhile_is_granted_this_once() {
    let house = House::of(GatePolicy::default());
    let gate = house.registry.gate();
    gate.set_sinks(vec![Arc::new(Slow)]);
    let asking = house.ask(None);
    let replacing = async {
        tokio::time::sleep(SECOND / 2).await;
        house.rule(OFF);
    };
    let (permit, ()) = tokio::join!(asking, replacing);
    drop(permit.unwrap());
    gate.set_sinks(Vec::new());
    assert!(
        house.again().is_none(),
        "its permit would be one that stops the body"
    );
    house.rule(OperationPolicy::default());
    drop(house.ask(None).await.unwrap());
    assert!(house.again().is_some());
    house.rule(OFF);
    assert!(house.again().is_none());
}

/// Takes a second for each decision.
struct Slow;

impl AuditSink for Slow {
    fn decided<'a>(&'a self, _: &'a AuditRecord) -> AuditFuture<'a> {
        Box::pin(async {
            tokio::time::sleep(SECOND).await;
            Ok(())
        })
    }

    fn ended(&self, _: &'static str, _: u64, _: AuditOutcome) {}
}

/// The wall clock of a machine that has just started and knows no time.
struct Unset(ManualClock);

impl Clock for Unset {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn wall_now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

#[tokio::test(start_paused = true)]
async fn no_permit_has_the_fence_zero_and_each_has_a_greater_one() {
    let context = Context::new(Some(Arc::new(Unset(ManualClock::new()))), None);
    let gate = Gate::new(Arc::new(Directory::new(Arc::new(context))));
    let fences: Vec<_> = (0..3).map(|_| gate.next_fence()).collect();
    assert_eq!(fences, [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_permit_in_a_log_shows_what_it_is_for() {
    let house = House::of(GatePolicy::default());
    let permit = house.ask(None).await.unwrap();
    let shown = format!("{permit:?}");
    assert!(shown.contains("operation: \"purge\""), "{shown}");
    assert!(shown.contains("(\"redis\", "), "{shown}");
    let body = std::pin::pin!(std::future::ready(()));
    let watched = WatchDestructive::new(&permit, body);
    assert!(format!("{watched:?}").contains("purge"));
}

#[tokio::test(start_paused = true)]
async fn a_claim_to_start_is_one_at_a_time_and_ends_with_whoever_has_it() {
    let house = House::of(GatePolicy::default());
    let gate = house.registry.gate();
    let claim = gate.claim().unwrap();
    assert!(gate.claim().is_none());
    drop(claim);
    gate.claim().expect("it was given back").keep();
    assert!(gate.claim().is_none(), "and this one was kept");
    gate.unclaim();
    assert!(gate.claim().is_some());
}
