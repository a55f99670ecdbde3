//! Threads that ask for keys at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::super::Part;
use super::{House, failure};

/// Runs `work` in four threads, and `look` in this one until they are done.
fn race(work: impl Fn(u64) + Sync, look: impl Fn()) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let racers: Vec<_> = (0..4)
            .map(|seed| {
                let work = &work;
                scope.spawn(move || work(seed))
            })
            .collect();
        scope.spawn(|| {
            let failed = racers.into_iter().map(|racer| racer.join().is_err());
            let failed = failed.fold(false, |any, failed| any | failed);
            done.store(true, Ordering::Release);
            assert!(!failed, "a racer failed");
        });
        while !done.load(Ordering::Acquire) {
            look();
        }
    });
}

#[test]
fn the_cap_holds_at_every_moment_and_nobody_gets_the_key_of_another() {
    for cap in [1, 7, 3000] {
        let house = House::new(cap);
        let store = house.store();
        race(
            |seed| {
                let mut random = StdRng::seed_from_u64(seed);
                let mut held = Vec::new();
                for _ in 0..5_000 {
                    let key = format!("key {}", random.random_range(0..5_000));
                    let keyed = house.get(&key);
                    assert_eq!(keyed.identity(), Part::Key(&key));
                    if random.random_bool(0.3) {
                        keyed.report(failure());
                    }
                    if random.random_bool(0.3) {
                        held.push(keyed);
                    }
                    if held.len() > 5 {
                        held.swap_remove(random.random_range(0..held.len()));
                    }
                }
            },
            || assert!(store.counts().tracked <= cap as usize),
        );
        let counts = store.counts();
        assert!(counts.tracked <= cap as usize);
        // No place was lost: as many distinct keys as there are places are kept in the end.
        for index in 0..cap {
            house.get(&format!("key {index}"));
        }
        for index in 0..cap * 20 {
            house.get(&format!("later {index}"));
        }
        assert_eq!(store.counts().tracked, cap as usize);
    }
}

#[test]
fn all_who_ask_for_a_new_key_at_once_get_the_same_circuit() {
    let house = House::new(1000);
    for round in 0..300 {
        let key = format!("key {round}");
        let got = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..4).map(|_| scope.spawn(|| house.get(&key))).collect();
            let got = racers.into_iter().map(|racer| racer.join().unwrap());
            got.collect::<Vec<_>>()
        });
        assert!(got.iter().all(|keyed| Arc::ptr_eq(keyed, &got[0])));
    }
    assert_eq!(house.tracked(), 300);
    assert_eq!(house.store().counts().untracked, 0);
}
