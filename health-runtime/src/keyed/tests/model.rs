//! Random histories against a model that was written from the description and not from the code.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::Keyed;
use super::{House, SECOND, failure};
use crate::outcome::Report;

#[derive(Debug, Clone)]
enum Step {
    Get(u8),
    Hold(u8),
    Release,
    Fail(u8),
    Succeed(u8),
    Wait(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..9_u8).prop_map(Step::Get),
        1 => (0..9_u8).prop_map(Step::Hold),
        2 => Just(Step::Release),
        4 => (0..9_u8).prop_map(Step::Fail),
        1 => (0..9_u8).prop_map(Step::Succeed),
        1 => (0..6_u8).prop_map(Step::Wait),
    ]
}

/// What the model knows of a key: two failures open it for ten seconds.
#[derive(Debug, Clone, Default)]
struct Known {
    failures: u32,
    opened: Option<u64>,
    used: u64,
    held: u32,
}

#[derive(Default)]
struct Model {
    keys: BTreeMap<u8, Known>,
    insertions: u64,
    untracked: u64,
    now: u64,
}

impl Model {
    /// The lower, the sooner it goes.
    fn value(&self, known: &Known) -> (u8, u64) {
        match known.opened {
            None => (u8::from(known.failures > 0), known.used),
            Some(opened) if opened + 10 <= self.now => (2, known.used),
            Some(opened) => {
                let is_unused = self.insertions - known.used > self.keys.len() as u64 / 2;
                (if is_unused { 3 } else { 4 }, opened)
            }
        }
    }

    /// Who may go for the next key: those of the least value among those that nobody holds.
    fn candidates(&self) -> Vec<u8> {
        let idle = || self.keys.iter().filter(|(_, known)| known.held == 0);
        let least = idle().map(|(_, known)| self.value(known)).min();
        let least = idle().filter(|(_, known)| Some(self.value(known)) == least);
        least.map(|(key, _)| *key).collect()
    }
}

fn name(key: u8) -> String {
    format!("key {key}")
}

/// Asks both for a key. `None` if the store may not keep it.
fn get(house: &House, model: &mut Model, key: u8, cap: usize) -> Option<Arc<Keyed>> {
    let is_known = model.keys.contains_key(&key);
    let is_full = model.keys.len() == cap;
    let candidates = model.candidates();
    let keyed = house.get(&name(key));
    if !is_known && is_full {
        let gone: Vec<u8> = model
            .keys
            .keys()
            .copied()
            .filter(|known| !house.has(&name(*known)))
            .collect();
        if candidates.is_empty() {
            assert_eq!(gone, [], "nothing may go while all are held");
            assert!(!house.has(&name(key)));
            model.untracked += 1;
            return None;
        }
        assert_eq!(gone.len(), 1);
        assert!(candidates.contains(&gone[0]), "{gone:?} of {candidates:?}");
        model.keys.remove(&gone[0]);
    }
    if !is_known {
        model.insertions += 1;
    }
    let insertions = model.insertions;
    model.keys.entry(key).or_default().used = insertions;
    assert!(house.has(&name(key)));
    Some(keyed)
}

proptest! {
    #[test]
    fn the_store_keeps_what_the_model_keeps(cap in 1..6_u32, steps in prop::collection::vec(step(), 1..150)) {
        let house = House::new(cap);
        let cap = cap as usize;
        let mut model = Model::default();
        let mut held: Vec<(u8, Arc<Keyed>)> = Vec::new();
        for step in steps {
            match step {
                Step::Get(key) => {
                    get(&house, &mut model, key, cap);
                }
                Step::Hold(key) => {
                    if let Some(keyed) = get(&house, &mut model, key, cap) {
                        held.push((key, keyed));
                        model.keys.get_mut(&key).unwrap().held += 1;
                    }
                }
                Step::Release => {
                    if let Some((key, keyed)) = held.pop() {
                        drop(keyed);
                        model.keys.get_mut(&key).unwrap().held -= 1;
                    }
                }
                Step::Fail(key) => {
                    if let Some(keyed) = get(&house, &mut model, key, cap) {
                        keyed.report(failure());
                        let now = model.now;
                        let known = model.keys.get_mut(&key).unwrap();
                        match known.opened {
                            Some(opened) if opened + 10 > now => {}
                            // A trial that fails.
                            Some(_) => known.opened = Some(now),
                            None => {
                                known.failures += 1;
                                if known.failures == 2 {
                                    known.opened = Some(now);
                                }
                            }
                        }
                    }
                }
                Step::Succeed(key) => {
                    if let Some(keyed) = get(&house, &mut model, key, cap) {
                        keyed.report(Report::Success);
                        let now = model.now;
                        let known = model.keys.get_mut(&key).unwrap();
                        if known.opened.is_none_or(|opened| opened + 10 <= now) {
                            (known.failures, known.opened) = (0, None);
                        }
                    }
                }
                Step::Wait(seconds) => {
                    house.clock.advance(SECOND * u32::from(seconds));
                    model.now += u64::from(seconds);
                }
            }
            for (key, known) in &model.keys {
                let keyed = house.store().find(Some(&name(*key)), None).expect("the model has it");
                let machine = keyed.lock();
                prop_assert_eq!(machine.word().is_closed(), known.opened.is_none());
                if known.opened.is_none() {
                    prop_assert_eq!(machine.failures(), known.failures);
                }
            }
            let counts = house.store().counts();
            prop_assert_eq!(counts.tracked, model.keys.len());
            prop_assert_eq!(counts.untracked, model.untracked);
        }
    }
}
