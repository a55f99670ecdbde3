//! Thousands of histories.
//!
//! `PROPTEST_CASES` says how many, `PROPTEST_RNG_SEED` which ones; what is wrong is shrunk, shown, and
//! its seed kept in `past_failures.txt`, from where it is played first each time.

use std::cell::RefCell;
use std::time::Instant;

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseError, TestRunner};

use crate::driver::{Sums, play};
use crate::strategy::history;

/// As many as take some ten seconds.
const CASES: u32 = 600;

/// From so many on, everything happens in some of them.
const ENOUGH: u64 = 300;

fn from_environment(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    let number = value.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is a number, not `{value}`")))
}

fn config() -> Config {
    let cases = from_environment("PROPTEST_CASES").map_or(CASES, |cases| cases as u32);
    let seed = from_environment("PROPTEST_RNG_SEED").unwrap_or(1);
    Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        source_file: Some(file!()),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/histories/past_failures.txt",
        ))),
        ..Config::default()
    }
}

#[test]
fn after_every_event_of_every_history_the_library_is_where_the_model_is() {
    let sums = RefCell::new(Sums::default());
    let began = Instant::now();
    let config = config();
    println!("{} histories, seed {:?}", config.cases, config.rng_seed);
    let outcome = TestRunner::new(config).run(&history(), |history| {
        play(&history, &mut sums.borrow_mut()).map_err(TestCaseError::fail)
    });
    let sums = sums.into_inner();
    println!("{sums:#?} in {:?}", began.elapsed());
    if let Err(wrong) = outcome {
        panic!("{wrong}");
    }
    if sums.histories < ENOUGH {
        return;
    }
    // Histories in which nothing happens show nothing.
    for (what, times) in [
        ("nested calls", sums.nested),
        ("refusals", sums.refused),
        ("calls that time out", sums.timed_out),
        ("panics", sums.panicked),
        ("dropped calls", sums.dropped),
        ("probes", sums.probed),
        ("transitions", sums.transitions),
        ("destruction that is allowed", sums.allowed),
        ("destruction that is denied", sums.denied),
        ("destruction on a bypass", sums.bypassed),
        ("destruction that is only observed", sums.observed),
        ("permits that stop their body", sums.stopped),
    ] {
        assert!(times > sums.histories / 20, "{times} {what} in {sums:?}");
    }
}
