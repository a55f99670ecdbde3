//! Seen in the field: the first look at a dependency failed, and what was not known to be bad was
//! taken for good. Here every input of the gate is missing, broken, late or nonsense at first touch.

use std::time::Duration;

use crate::support::{House, Mood, Plan, SECOND, pass};

#[tokio::test(start_paused = true)]
async fn the_first_look_allows_after_a_good_answer_and_after_no_other() {
    for mood in [
        Mood::Fails,
        Mood::Hangs,
        Mood::Panics,
        Mood::Dawdles(Duration::from_millis(1_001)),
    ] {
        let house = Plan {
            mood,
            ..Plan::default()
        }
        .build()
        .await;
        let answer = house.purge().await;
        assert!(!answer.ran, "{mood:?}: {answer:?}");
    }
    let house = Plan::default().build().await;
    house.purge().await.is_allowed();
}

#[tokio::test(start_paused = true)]
async fn emptiness_is_no_answer() {
    let house = Plan::unprobed().build().await;
    let answer = house.purge().await;
    answer.is_indeterminate_for(&["no_evidence", "no_evidence"]);
}

#[tokio::test(start_paused = true)]
async fn staleness_is_no_answer() {
    let house = House::healthy().await;
    house.probe.is_now(Mood::Hangs);
    pass(11 * SECOND).await;
    let answer = house.purge().await;
    assert!(!answer.ran, "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn nonsense_in_place_of_an_identity_is_somebody_else() {
    let house = House::healthy_with(Plan {
        mood: Mood::AnswersAs(1),
        ..Plan::default()
    })
    .await;
    house.probe.is_now(Mood::AnswersAsAnybody);
    pass(11 * SECOND).await;
    house
        .purge()
        .await
        .is_denied_for(&["new_identity", "new_identity"]);
}

#[tokio::test(start_paused = true)]
async fn a_dependency_without_a_runtime_to_probe_it_on_is_not_proven() {
    let house = House::healthy().await;
    pass(11 * SECOND).await;
    let registry = house.registry.clone();
    let asked = std::thread::spawn(move || {
        let ran = crate::support::Ran::default();
        // Polled by hand on a thread that knows no runtime.
        let call = std::pin::pin!(registry.scope(crate::support::operations::purge(&ran)));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let polled = call.poll(&mut cx);
        (polled.is_ready(), ran.times())
    });
    let (_, ran) = asked.join().unwrap_or((true, 0));
    assert_eq!(ran, 0);
}
