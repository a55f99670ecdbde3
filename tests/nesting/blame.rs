//! The four rules.

use std::sync::{Arc, Mutex};

use health_runtime::{BreakerState, DependencyState, guarded, testing};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::subject::{Answer, Error, SECOND};
use crate::vitals::{
    Says, assert_breaker, assert_failures, assert_untouched, health, put_on_trial,
};

const OUTER: &str = "blame-outer";
const INNER: &str = "blame-inner";
const MIDDLE: &str = "blame-middle";

#[guarded(deps = [INNER])]
async fn inner(answer: Answer) -> Answer {
    answer
}

#[guarded(deps = [OUTER])]
async fn outer(nested: Answer, own: Answer) -> Answer {
    inner(nested).await?;
    own
}

fn down() -> Answer {
    Err(Error::Failed("down"))
}

// Rule 1.

#[health_runtime::test]
async fn what_the_inner_call_recorded_the_outer_does_not_record_again() {
    for failures in 1..5 {
        assert!(outer(down(), Ok(())).await.is_err());
        assert_failures(INNER, failures);
    }
    assert_untouched(OUTER);
    assert!(outer(down(), Ok(())).await.is_err());
    assert_breaker(INNER, BreakerState::Open);
    assert_untouched(OUTER);
}

#[guarded(deps = [OUTER])]
async fn outer_with_another_error() -> Result<(), std::io::Error> {
    let answer = inner(down()).await;
    answer.map_err(|_| std::io::Error::other("something else entirely"))
}

#[health_runtime::test]
async fn an_error_that_was_turned_into_another_one_is_still_the_inner_calls() {
    assert!(outer_with_another_error().await.is_err());
    assert_failures(INNER, 1);
    assert_untouched(OUTER);
}

#[guarded(deps = [MIDDLE])]
async fn middle() -> Answer {
    inner(down()).await
}

#[guarded(deps = [OUTER])]
async fn three_levels() -> Answer {
    middle().await
}

#[health_runtime::test]
async fn of_three_levels_the_innermost_records_alone() {
    assert!(three_levels().await.is_err());
    assert_failures(INNER, 1);
    assert_untouched(MIDDLE);
    assert_untouched(OUTER);
}

#[guarded(deps = [OUTER])]
async fn tries_three_times() -> Answer {
    for _ in 0..2 {
        let _failed = inner(down()).await;
    }
    inner(down()).await
}

#[health_runtime::test]
async fn each_attempt_of_the_inner_call_counts_once_and_only_there() {
    assert!(tries_three_times().await.is_err());
    assert_failures(INNER, 3);
    assert_untouched(OUTER);
}

#[guarded(deps = [INNER])]
async fn finds_nothing() -> Result<(), Says> {
    Err(Says::NotFound)
}

#[guarded(deps = [OUTER])]
async fn passes_nothing_on() -> Answer {
    finds_nothing()
        .await
        .map_err(|_| Error::Failed("not found"))
}

#[health_runtime::test]
async fn what_the_inner_call_judged_a_success_is_no_failure_of_the_outer() {
    assert!(passes_nothing_on().await.is_err());
    assert_untouched(INNER);
    assert_untouched(OUTER);
}

#[health_runtime::test]
async fn an_error_of_the_outer_call_itself_is_its_own() {
    assert!(outer(Ok(()), down()).await.is_err());
    assert_failures(OUTER, 1);
    assert_untouched(INNER);
}

#[guarded(deps = [OUTER])]
async fn gets_over_it() -> Answer {
    let _failed = inner(down()).await;
    Ok(())
}

#[health_runtime::test]
async fn an_outer_call_that_gets_over_it_is_a_success() {
    let _failed = outer(Ok(()), down()).await;
    assert_failures(OUTER, 1);
    gets_over_it().await.unwrap();
    assert_failures(OUTER, 0);
    assert_failures(INNER, 1);
}

#[health_runtime::test]
async fn what_an_earlier_call_recorded_explains_nothing_later() {
    assert!(outer(down(), Ok(())).await.is_err());
    assert!(outer(Ok(()), down()).await.is_err());
    assert_failures(OUTER, 1);
}

#[guarded(deps = [OUTER])]
async fn meets_a_neighbour(own: Answer) -> Answer {
    tokio::task::yield_now().await;
    own
}

#[health_runtime::test]
async fn what_a_neighbour_on_the_same_thread_records_explains_nothing_here() {
    let (ours, _theirs) = tokio::join!(meets_a_neighbour(down()), async { inner(down()).await });
    assert!(ours.is_err());
    assert_failures(OUTER, 1);
    assert_failures(INNER, 1);
}

#[guarded(deps = [INNER], key = host, role = "reads")]
async fn of_host(host: u32) -> Answer {
    let _ = host;
    down()
}

#[guarded(deps = [OUTER])]
async fn gets_over_many_hosts(own: Answer) -> Answer {
    for host in 0..8 {
        let _failed = of_host(host).await;
    }
    tokio::task::yield_now().await;
    own
}

/// Each of them blames its dependency, its key, and the role of both.
#[health_runtime::test]
async fn what_many_hosts_have_to_answer_for_in_one_poll_is_not_the_outer_calls() {
    assert!(gets_over_many_hosts(down()).await.is_err());
    assert_failures(OUTER, 1);
}

// Rule 2.

const LEFT: &str = "blame-left";
const RIGHT: &str = "blame-right";
const THIRD: &str = "blame-third";

#[guarded(deps = [LEFT, RIGHT, THIRD])]
async fn needs_three(answer: Result<(), Says>) -> Result<(), Says> {
    answer
}

#[health_runtime::test]
async fn an_error_that_names_a_dependency_is_counted_there_and_nowhere_else() {
    for failures in 1..5 {
        assert!(needs_three(Err(Says::Of(RIGHT))).await.is_err());
        assert_failures(RIGHT, failures);
    }
    assert!(needs_three(Err(Says::Of(RIGHT))).await.is_err());
    assert_breaker(RIGHT, BreakerState::Open);
    assert_untouched(LEFT);
    assert_untouched(THIRD);
}

#[health_runtime::test]
async fn failures_of_different_dependencies_do_not_add_up() {
    for _ in 0..4 {
        for name in [LEFT, RIGHT, THIRD] {
            assert!(needs_three(Err(Says::Of(name))).await.is_err());
        }
    }
    for name in [LEFT, RIGHT, THIRD] {
        assert_failures(name, 4);
        assert_breaker(name, BreakerState::Closed);
    }
}

#[health_runtime::test]
async fn a_success_is_a_success_of_all() {
    for name in [LEFT, RIGHT, THIRD] {
        assert!(needs_three(Err(Says::Of(name))).await.is_err());
    }
    needs_three(Ok(())).await.unwrap();
    for name in [LEFT, RIGHT, THIRD] {
        assert_failures(name, 0);
    }
}

#[health_runtime::test]
async fn an_error_that_is_a_success_is_one_of_all() {
    assert!(needs_three(Err(Says::Of(LEFT))).await.is_err());
    assert!(needs_three(Err(Says::NotFound)).await.is_err());
    assert_failures(LEFT, 0);
}

#[health_runtime::test]
async fn on_trial_together_only_the_named_one_fails() {
    for name in [LEFT, RIGHT, THIRD] {
        testing::trip(name);
    }
    testing::advance(SECOND).await;
    assert!(needs_three(Err(Says::Of(RIGHT))).await.is_err());
    assert_breaker(RIGHT, BreakerState::Open);
    for name in [LEFT, THIRD] {
        assert_breaker(name, BreakerState::HalfOpen);
        assert_eq!(health(name).refusal, None, "its slot is free");
    }
}

#[health_runtime::test]
async fn an_error_that_names_none_of_them_opens_none_of_them() {
    for _ in 0..20 {
        assert!(needs_three(Err(Says::Of("somebody-else"))).await.is_err());
    }
    for name in [LEFT, RIGHT, THIRD] {
        assert_failures(name, 0);
        assert_breaker(name, BreakerState::Closed);
    }
}

// Rule 3.

#[guarded(deps = [LEFT])]
async fn needs_one(answer: Result<(), Says>) -> Result<(), Says> {
    answer
}

#[health_runtime::test]
async fn with_one_dependency_it_is_that_one() {
    assert!(needs_one(Err(Says::Nobody)).await.is_err());
    assert_failures(LEFT, 1);
    assert!(needs_one(Err(Says::Of(LEFT))).await.is_err());
    assert_failures(LEFT, 2);
}

#[guarded(deps = [LEFT, "blame-left"])]
async fn names_it_twice(answer: Result<(), Says>) -> Result<(), Says> {
    answer
}

#[health_runtime::test]
async fn one_dependency_under_two_spellings_is_one() {
    for failures in 1..5 {
        assert!(names_it_twice(Err(Says::Nobody)).await.is_err());
        assert_failures(LEFT, failures);
    }
    assert!(names_it_twice(Err(Says::Nobody)).await.is_err());
    assert_breaker(LEFT, BreakerState::Open);
    testing::advance(SECOND).await;
    names_it_twice(Ok(())).await.expect("one trial, not two");
    assert_breaker(LEFT, BreakerState::Closed);
    assert!(names_it_twice(Err(Says::Of(LEFT))).await.is_err());
    assert_failures(LEFT, 1);
}

// Rule 4.

#[guarded(deps = [LEFT, RIGHT])]
async fn needs_two(answer: Answer) -> Answer {
    answer
}

#[health_runtime::test]
async fn when_nobody_is_named_all_are_degraded_and_none_is_counted() {
    for _ in 0..20 {
        assert!(needs_two(down()).await.is_err());
    }
    for name in [LEFT, RIGHT] {
        assert_eq!(health(name).state, DependencyState::Degraded);
        assert_failures(name, 0);
        assert_eq!(health(name).last_error.unwrap().message.as_ref(), "down");
    }
    needs_two(Ok(())).await.unwrap();
    for name in [LEFT, RIGHT] {
        assert_eq!(health(name).state, DependencyState::Healthy);
    }
}

#[health_runtime::test]
async fn a_trial_that_fails_for_nobody_knows_whom_stays_half_open_with_its_place_free() {
    put_on_trial(LEFT).await;
    for _ in 0..20 {
        let failed = needs_two(down()).await;
        assert!(matches!(failed, Err(Error::Failed(_))), "it ran");
        assert_breaker(LEFT, BreakerState::HalfOpen);
    }
    needs_two(Ok(())).await.unwrap();
    assert_breaker(LEFT, BreakerState::Closed);
}

#[health_runtime::test]
async fn a_call_dropped_after_long_degrades_all_of_several() {
    testing::inject(LEFT).hang().next(6);
    for _ in 0..6 {
        let dropped = tokio::time::timeout(2 * SECOND, needs_two(Ok(()))).await;
        assert!(dropped.is_err());
    }
    for name in [LEFT, RIGHT] {
        assert_eq!(health(name).state, DependencyState::Degraded);
        assert_failures(name, 0);
    }
}

/// Keeps what is written to the target.
#[derive(Clone, Default)]
struct Advice(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Advice {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Text<'a>(&'a mut String);
        impl tracing::field::Visit for Text<'_> {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    *self.0 = format!("{value:?}");
                }
            }
        }
        if event.metadata().target() == "health_runtime::blame" {
            let mut text = String::new();
            event.record(&mut Text(&mut text));
            self.0.lock().unwrap().push(text);
        }
    }
}

#[guarded(deps = [LEFT, RIGHT])]
async fn asks_for_advice() -> Answer {
    down()
}

#[guarded(deps = [LEFT, RIGHT])]
async fn asks_for_advice_too() -> Answer {
    down()
}

#[health_runtime::test]
async fn the_advice_to_classify_is_given_once_for_each_call_site() {
    let advice = Advice::default();
    let subscriber = tracing_subscriber::registry().with(advice.clone());
    let _listening = tracing::subscriber::set_default(subscriber);
    for _ in 0..5 {
        let _failed = asks_for_advice().await;
        let _failed = asks_for_advice_too().await;
    }
    let told = advice.0.lock().unwrap().clone();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("asks_for_advice ("), "{}", told[0]);
    assert!(told[0].contains(file!()), "{}", told[0]);
    assert!(told[0].contains("implement `Classify`"), "{}", told[0]);
    assert!(told[1].starts_with("asks_for_advice_too ("), "{}", told[1]);
}
