//! A breaker for each key: calls through them, the store alone, and what a key takes.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use health_runtime::__private::Direct;
use health_runtime::HealthRegistry;

use super::layers::keyed as call_with_key;
use crate::call::{WELL, complete};
use crate::case::{Case, NOTHING};
use crate::keys::{self, Keyed};
use crate::measure::bytes::heap;

/// What a key takes at most: as many as a dependency keeps by default.
const KEYS: usize = 10_000;

/// The store alone, when the key is known.
pub(crate) const KNOWN: &str = "store: key is known, 1 of 1,000";
/// The store alone, when another key has to leave for this one.
pub(crate) const NEW: &str = "store: key is new, 10,000 are known";

/// This library, among those that keep a breaker for each key.
pub(crate) fn keyed() -> Keyed {
    Keyed {
        name: "health-runtime: `key = host`",
        known: Box::new(|count| {
            for key in keys::cycle(count) {
                complete(call_with_key(key, WELL));
            }
        }),
    }
}

/// The store alone, without a call. Run apart: a miss takes so long that no evidence would be fresh
/// for a destructive call.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(KNOWN, NOTHING, |count| {
            let store = Direct::of(HealthRegistry::global(), "keyed-known");
            for key in keys::cycle(count) {
                black_box(store.is_closed(black_box(key)));
            }
        }),
        Case::new(NEW, NOTHING, new_keys),
    ]
}

/// The time to write the key is part of it: some 10 ns.
fn new_keys(count: u64) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let store = Direct::of(HealthRegistry::global(), "keyed-new");
    let start = NEXT.fetch_add(count, Ordering::Relaxed);
    for index in start..start + count {
        black_box(store.is_closed(black_box(Key::new(index).as_str())));
    }
}

/// What a key takes, in bytes, when a dependency has as many as it keeps.
pub(crate) fn bytes() -> usize {
    let registry = HealthRegistry::new();
    let store = Direct::of(&registry, "keyed-bytes");
    let all = heap(|| {
        for index in 0..KEYS as u64 {
            black_box(store.is_closed(Key::new(index).as_str()));
        }
    });
    all / KEYS
}

/// A host name with a number, written without an allocation.
struct Key([u8; 23]);

impl Key {
    fn new(index: u64) -> Self {
        let mut text = *b"host-0000000000.example";
        let mut rest = index;
        for digit in text[5..15].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        Self(text)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("it is ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_number() {
        assert_eq!(Key::new(7_042).as_str(), "host-0000007042.example");
    }
}
