//! What the attributes accept and refuse, and how a refusal reads.
//!
//! Each case is a program: `tests/ui/<attribute>/{pass,fail}/<what_is_wrong>.rs`. The passing ones are
//! run, too. `TRYBUILD=overwrite cargo test --test ui` writes the expected messages anew; read them
//! before committing: they are the help that a user gets.
#![allow(clippy::unwrap_used, reason = "where a test cannot go on, it fails")]

// As programs, these two only compile: their tests run here.
#[path = "ui/test/pass/registry_of_its_own.rs"]
mod registry_of_its_own;
#[path = "ui/test/pass/return_types.rs"]
mod return_types;

#[test]
fn every_case_passes_or_fails_as_it_says() {
    let cases = trybuild::TestCases::new();
    for attribute in [
        "guarded",
        "destructive",
        "probe",
        "destructive_surface",
        "harmless",
        "test",
    ] {
        cases.pass(format!("tests/ui/{attribute}/pass/*.rs"));
        cases.compile_fail(format!("tests/ui/{attribute}/fail/*.rs"));
    }
}
