//! What a key costs in bytes, and that a million of them cost no more than the cap.

use allocation_counter::measure;

use super::super::Keyed;
use super::{House, failure};
use crate::dependency::Entry;

/// The cap of `Dependency::max_keys` if nothing else is said.
const CAP: u64 = 10_000;

fn ask(house: &House, keys: std::ops::Range<u64>) {
    for index in keys {
        // As long as the host names of the world are.
        house.get(&format!("host-{index:07}.example"));
    }
}

#[test]
fn the_word_begins_a_cache_line_and_a_keyed_circuit_has_no_padding() {
    assert_eq!(align_of::<Entry>(), 64);
    assert_eq!(align_of::<Keyed>(), 8);
    let counts_of_the_arc = 16;
    let size = size_of::<Keyed>() + counts_of_the_arc;
    assert!(size <= 384, "{size} bytes");
}

#[test]
fn a_million_keys_take_no_more_than_the_cap() {
    let house = House::new(CAP as u32);
    house.get("the store itself");
    // Twice around, so that all that is needed to forget is there, too.
    let at_the_cap = measure(|| ask(&house, 0..2 * CAP)).bytes_current;
    let each = at_the_cap / CAP as i64;
    assert!(each <= 450, "{each} bytes for each key, with its text");
    let after = measure(|| ask(&house, 2 * CAP..1_000_000)).bytes_current;
    assert!(
        after.abs() <= at_the_cap / 100,
        "{after} bytes more after a million keys than at the cap, where it was {at_the_cap}"
    );
    assert_eq!(house.tracked(), CAP as usize);
    assert_eq!(house.store().counts().untracked, 0);
}

#[test]
fn failing_keys_do_not_grow_past_the_cap_either() {
    let house = House::new(1_000);
    let fail = |keys: std::ops::Range<u64>| {
        for index in keys {
            house
                .get(&format!("host-{index:07}.example"))
                .report(failure());
        }
    };
    let at_the_cap = measure(|| fail(0..2_000)).bytes_current;
    let each = at_the_cap / 1_000;
    assert!(
        each <= 540,
        "{each} bytes for each key, with its last error"
    );
    let after = measure(|| fail(2_000..50_000)).bytes_current;
    assert!(
        after.abs() <= at_the_cap / 100,
        "{after} more than {at_the_cap}"
    );
}

#[test]
fn a_key_that_is_present_is_found_without_an_allocation() {
    let house = House::new(10);
    house.get("example.com");
    let allocations = measure(|| {
        for _ in 0..100 {
            house.get("example.com");
        }
    });
    assert_eq!(allocations.count_total, 0);
}
