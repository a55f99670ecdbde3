//! What the attributes accept and refuse, and how a refusal reads.
//!
//! Each case is a program: `tests/ui/<attribute>/{pass,fail}/<what_is_wrong>.rs`. The passing ones are
//! run, too. `TRYBUILD=overwrite cargo test --test ui` writes the expected messages anew; read them
//! before committing: they are the help that a user gets.

#![allow(clippy::unwrap_used, reason = "where a test cannot go on, it fails")]

#[test]
fn ui() {
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
