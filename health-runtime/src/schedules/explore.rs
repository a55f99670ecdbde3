//! Runs a model in every order that its threads can meet in, and says how many there were.

use std::any::type_name_of_val;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use loom::thread;

/// One schedule of a model: starts its threads, and keeps what came of it.
#[derive(Clone)]
pub(super) struct Run(Arc<Kept>);

/// What is kept over all schedules. Not loom's: it is no part of what is explored.
#[derive(Default)]
struct Kept {
    schedules: AtomicUsize,
    threads: AtomicUsize,
    outcomes: Mutex<BTreeMap<&'static str, usize>>,
}

/// How far the orders of a model are followed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    /// All of them.
    Exhaustive,
    /// Those in which a thread that could go on is interrupted at most so often. What blocks or ends
    /// is no interruption.
    Preemptions(usize),
}

/// Runs `model` in all its orders, within the bound.
///
/// Each run says by [`Run::saw`] what came of it, and all of `outcomes` have to come up, and nothing
/// else: a model in which one side always wins shows nothing about a race.
pub(super) fn explore<M>(bound: Bound, outcomes: &[&'static str], model: M)
where
    M: Fn(&Run) + Send + Sync + 'static,
{
    let name = name_of(&model);
    let run = Run(Arc::default());
    let mut builder = loom::model::Builder::new();
    // Said here, not by the environment: the table has to be the same for everybody.
    builder.preemption_bound = match bound {
        Bound::Exhaustive => None,
        Bound::Preemptions(most) => Some(most),
    };
    builder.max_branches = 10_000;
    let in_model = run.clone();
    builder.check(move || {
        in_model.0.schedules.fetch_add(1, Ordering::Relaxed);
        model(&in_model);
    });
    let schedules = run.0.schedules.load(Ordering::Relaxed);
    let threads = run.0.threads.load(Ordering::Relaxed);
    let bound = match bound {
        Bound::Exhaustive => "no".to_owned(),
        Bound::Preemptions(most) => format!("{most} preemptions"),
    };
    // Read by `scripts/loom`.
    println!("schedules: {name} | {threads} | {schedules} | {bound}");
    assert!(schedules > 1, "nothing was raced");
    let seen = run
        .0
        .outcomes
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let seen: Vec<_> = seen.iter().collect();
    let missing: Vec<_> = outcomes
        .iter()
        .filter(|expected| !seen.iter().any(|(outcome, _)| outcome == expected))
        .collect();
    let unexpected: Vec<_> = seen
        .iter()
        .filter(|(outcome, _)| !outcomes.contains(outcome))
        .collect();
    assert!(
        missing.is_empty() && unexpected.is_empty(),
        "never came up: {missing:?}; should not come up: {unexpected:?}; seen: {seen:?}",
    );
}

impl Run {
    /// Runs both at the same time: one in a thread of its own.
    pub(super) fn both<A, B>(
        &self,
        first: impl FnOnce() -> A + Send + 'static,
        second: impl FnOnce() -> B,
    ) -> (A, B)
    where
        A: Send + 'static,
    {
        self.0.threads.store(2, Ordering::Relaxed);
        let first = thread::spawn(first);
        let second = second();
        (
            first.join().expect("a panic is told where it happens"),
            second,
        )
    }

    /// Runs all three at the same time: two in threads of their own.
    pub(super) fn all_three<A, B, C>(
        &self,
        first: impl FnOnce() -> A + Send + 'static,
        second: impl FnOnce() -> B + Send + 'static,
        third: impl FnOnce() -> C,
    ) -> (A, B, C)
    where
        A: Send + 'static,
        B: Send + 'static,
    {
        let second = thread::spawn(second);
        let (first, third) = self.both(first, third);
        self.0.threads.store(3, Ordering::Relaxed);
        let second = second.join().expect("a panic is told where it happens");
        (first, second, third)
    }

    /// Notes what came of this schedule.
    pub(super) fn saw(&self, outcome: &'static str) {
        let mut outcomes = self
            .0
            .outcomes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *outcomes.entry(outcome).or_default() += 1;
    }
}

/// The name of the test that the closure stands in, without the crate and the module above.
fn name_of(closure: &impl Fn(&Run)) -> &'static str {
    let name = type_name_of_val(closure);
    let name = name.strip_suffix("::{{closure}}").unwrap_or(name);
    name.split_once("schedules::")
        .map_or(name, |(_, name)| name)
}
