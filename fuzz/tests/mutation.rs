//! The changes that the fuzzer makes to tokens.

use std::collections::BTreeSet;

use health_fuzz::macros::{is_case, mutate, words};

#[test]
fn nearly_every_change_of_a_case_is_another_case() {
    let start = b"deps = [\"redis\"]\n---\nasync fn f() -> Result<(), E> { Ok(()) }";
    let (mut input, mut made, mut different) = (start.to_vec(), 0, BTreeSet::new());
    for seed in 0..2000 {
        // Cases grow; begin anew before they are too long.
        if seed % 10 == 0 {
            input = start.to_vec();
        }
        if let Some(next) = mutate(&input, 2048, seed) {
            made += 1;
            assert!(is_case(&next), "{}", String::from_utf8_lossy(&next));
            different.insert(next.clone());
            input = next;
        }
    }
    assert!(made > 1900, "{made} of 2000");
    assert!(different.len() > 1500, "{} of {made}", different.len());
}

#[test]
fn what_does_not_lex_is_no_case() {
    assert!(!is_case(b"deps = [\n---\nfn f() {}"));
    assert!(!is_case(b"\xff"));
    assert!(mutate(b"deps = [", 600, 1).is_none());
}

#[test]
fn every_word_of_the_vocabulary_lexes() {
    for word in words() {
        assert!(is_case(word.as_bytes()), "{word}");
    }
}

#[test]
fn an_invisible_group_survives_being_written() {
    let input = b"deps = [NONE(\"redis\")]\n---\nfn f(x: NONE(&str)) {}";
    let kept = (0..200)
        .filter_map(|seed| mutate(input, 600, seed))
        .filter(|next| String::from_utf8_lossy(next).contains("NONE"));
    assert!(kept.count() > 50);
}
