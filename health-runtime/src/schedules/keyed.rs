//! The circuits of keys: one for each, and never more than the cap.

use std::sync::Arc;

use super::explore::{Bound, explore};
use super::house::{House, consecutive, failure};
use crate::breaker::Phase;
use crate::keyed::{Keyed, KeyedStore};
use crate::policy::Policies;

fn store(max: usize) -> Arc<KeyedStore> {
    let house = House::new(consecutive(1));
    let context = Arc::clone(house.redis.context());
    let policies = house.redis.policies();
    Arc::new(KeyedStore::new(house.redis.name(), context, policies, max))
}

fn get(store: &KeyedStore, key: &str) -> Arc<Keyed> {
    store.get(Some(key), None).expect("there is a key")
}

fn tracked(store: &KeyedStore) -> usize {
    ["a", "b", "c"]
        .iter()
        .filter(|key| store.find(Some(key), None).is_some())
        .count()
}

#[test]
fn two_that_ask_for_a_new_key_at_once_share_its_circuit() {
    // As above all of them: what a new key locks, twice.
    explore(Bound::Preemptions(3), &["shared"], |run| {
        let store = store(2);
        let other = Arc::clone(&store);
        let (first, second) = run.both(move || get(&other, "a"), || get(&store, "a"));
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(tracked(&store), 1);
        // Its place was taken once: there is another one.
        drop(get(&store, "b"));
        assert_eq!(tracked(&store), 2);
        run.saw("shared");
    });
}

#[test]
fn two_new_keys_at_once_do_not_share_the_last_place() {
    explore(
        // All that a new key locks, twice: no end within minutes.
        Bound::Preemptions(3),
        &["a was kept", "b was kept"],
        |run| {
            let store = store(1);
            let other = Arc::clone(&store);
            let (a, b) = run.both(move || get(&other, "a"), || get(&store, "b"));
            // The other one is handed out all the same, and not kept.
            let is_kept = |key, keyed: &Arc<Keyed>| {
                let found = store.find(Some(key), None);
                found.is_some_and(|found| Arc::ptr_eq(&found, keyed))
            };
            assert_eq!(tracked(&store), 1);
            run.saw(match (is_kept("a", &a), is_kept("b", &b)) {
                (true, false) => "a was kept",
                (false, true) => "b was kept",
                _ => panic!("what is kept is what was handed out"),
            });
        },
    );
}

#[test]
fn a_key_that_comes_in_while_the_cap_is_lowered_does_not_exceed_it() {
    explore(
        // All that a new key locks, against all that a refresh does.
        Bound::Preemptions(3),
        &["within the cap"],
        |run| {
            let store = store(2);
            drop(get(&store, "a"));
            let other = Arc::clone(&store);
            run.both(
                move || drop(get(&other, "b")),
                || store.refresh(|| (Arc::new(Policies::default()), 1)),
            );
            assert!(tracked(&store) <= 1, "{} of 1", tracked(&store));
            run.saw("within the cap");
        },
    );
}

#[test]
fn a_circuit_that_somebody_holds_is_not_forgotten_for_a_new_key() {
    explore(Bound::Exhaustive, &["remembered"], |run| {
        let store = store(1);
        let held = get(&store, "a");
        let other = Arc::clone(&store);
        let ((), found) = run.both(move || drop(get(&other, "b")), || get(&store, "a"));
        assert!(Arc::ptr_eq(&held, &found));
        run.saw("remembered");
    });
}

#[test]
fn a_failure_of_a_key_is_not_lost_to_a_new_key() {
    explore(
        Bound::Exhaustive,
        &["open, and kept", "forgotten before it failed"],
        |run| {
            let store = store(1);
            drop(get(&store, "a"));
            let other = Arc::clone(&store);
            run.both(
                move || get(&other, "a").report(failure()),
                || drop(get(&store, "b")),
            );
            run.saw(match store.find(Some("a"), None) {
                Some(kept) => {
                    assert_eq!(kept.word().phase(), Phase::Open);
                    "open, and kept"
                }
                None => "forgotten before it failed",
            });
        },
    );
}
