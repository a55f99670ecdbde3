//! Who is to blame for how a call ended.
//!
//! 1. What a nested guarded call has already judged is not judged again: an error that ends a call
//!    in the same poll, a panic and a drop pass through all calls around them. Nor does one call
//!    count twice for one dependency, or make good what a nested one has reported to it.
//! 2. Else the error says whose it is, if its [`Classify`](crate::Classify) does.
//! 3. Else, with one dependency, it is that one.
//! 4. Else all of them are degraded and none is counted towards a trip.

use std::time::Duration;

use super::journal;
use crate::breaker::{Phase, Word};
use crate::dependency::Entry;
use crate::outcome::{Blame, Failure, FailureKind, Outcome, Report};

/// How an error was judged.
#[derive(Debug, Clone)]
pub struct Judgement {
    pub(super) outcome: Outcome,
    pub(super) dependency: Option<String>,
}

impl Judgement {
    /// A failure that a test has injected.
    pub(super) fn injected() -> Self {
        Self::new(Outcome::FAILURE, None)
    }

    pub(crate) fn new(outcome: Outcome, dependency: Option<&str>) -> Self {
        Self {
            outcome,
            dependency: dependency.map(str::to_owned),
        }
    }
}

/// How a call ended.
pub(crate) enum Ending {
    Success,
    Error {
        judgement: Judgement,
        message: String,
        /// A nested call has judged it already.
        explained: bool,
    },
    Panicked {
<<<<<<< HEAD
        /// The panic came out of a nested call, which has recorded it.
=======
        /// A nested call has recorded the panic already.
>>>>>>> review
        explained: bool,
    },
    /// Dropped by its caller.
    Dropped {
        /// `None` if its body has never waited for anything.
        ran: Option<Duration>,
<<<<<<< HEAD
        /// It was waiting for a nested call, which is dropped with it and judges itself.
=======
        /// A nested call has recorded it already.
>>>>>>> review
        explained: bool,
    },
}

<<<<<<< HEAD
/// What is made of an ending, before anybody is blamed.
enum Verdict {
    /// Of all dependencies alike.
    Alike(Report),
    /// Of one of them; the name if the error says it.
    Failed(Failure, Option<String>),
=======
/// The places whose dependencies have heard of this call before it ended, from nested calls: a bit
/// for each, and one for all from the eighth on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard(u8);

impl Heard {
    pub(super) const NOTHING: Self = Self(0);

    const fn bit(index: usize) -> u8 {
        1 << if index < 7 { index } else { 7 }
    }

    pub(super) const fn add(&mut self, index: usize) {
        self.0 |= Self::bit(index);
    }

    const fn contains(self, index: usize) -> bool {
        self.0 & Self::bit(index) != 0
    }
>>>>>>> review
}

/// Reports to every dependency how the call ended. Returns whether nobody could be blamed for a
/// failure of several.
<<<<<<< HEAD
pub(crate) fn settle(places: &[(&Entry, Word)], ending: Ending) -> bool {
    if let Ending::Success = ending {
        for (entry, word) in places {
            if !word.is_quiet(entry.word_relaxed()) {
                entry.settle(*word, Report::Success);
=======
pub(super) fn settle(places: &[(&Entry, Word)], ending: Ending, heard: Heard) -> bool {
    if heard == Heard::NOTHING && places.len() == 1 {
        return settle_unheard(places, true, ending);
    }
    let mut unheard: Vec<(&Entry, Word)> = Vec::with_capacity(places.len());
    let mut is_alone = true;
    for (index, (entry, word)) in places.iter().enumerate() {
        // The same dependency under two names is one.
        let twice = |(other, _): &(&Entry, Word)| other.id() == entry.id();
        if places[..index].iter().any(twice) {
            continue;
        }
        is_alone &= index == 0;
        // One failure of a call is enough for each, and that the call went on without it does not
        // make it good. A trial has a slot to give back, and its outcome is not a nested one's.
        if !(heard.contains(index) && word.is_closed()) {
            unheard.push((entry, *word));
        }
    }
    settle_unheard(&unheard, is_alone, ending)
}

fn settle_unheard(places: &[(&Entry, Word)], is_alone: bool, ending: Ending) -> bool {
    let counted = places
        .iter()
        .filter(|(_, word)| word.phase() != Phase::Aside)
        .count();
    let (failure, culprit) = match ending {
        Ending::Success => {
            for (entry, word) in places {
                if !word.is_quiet(entry.word_relaxed()) {
                    entry.settle(*word, Report::Success);
                }
>>>>>>> review
            }
        }
        return false;
    }
    let once = without_repeats(places);
    let is_error = matches!(ending, Ending::Error { .. });
    match judge(&once, ending) {
        Verdict::Alike(report) => {
            if is_error {
                note_recorded(&once);
            }
            settle_all(&once, &report);
            false
        }
        Verdict::Failed(failure, culprit) => blame(&once, failure, culprit.as_deref()),
    }
}

/// A dependency that is named twice, as a literal and as a constant, is one.
fn without_repeats<'e>(places: &[(&'e Entry, Word)]) -> Vec<(&'e Entry, Word)> {
    let mut once: Vec<(&Entry, Word)> = Vec::with_capacity(places.len());
    for (entry, word) in places {
        if !once.iter().any(|(known, _)| known.id() == entry.id()) {
            once.push((entry, *word));
        }
    }
    once
}

fn judge(places: &[(&Entry, Word)], ending: Ending) -> Verdict {
    match ending {
        Ending::Success => Verdict::Alike(Report::Success),
        Ending::Error {
            judgement:
                Judgement {
                    outcome,
                    dependency,
                },
            message,
            explained,
        } => {
<<<<<<< HEAD
            if outcome.is_failure() || outcome == Outcome::Cancelled {
=======
            let is_reported =
                !explained && !matches!(judgement.outcome, Outcome::Neutral | Outcome::Cancelled);
            if is_reported {
                note_reported(places);
            } else if counted > 0 {
                journal::note_recorded(None);
            }
            if judgement.outcome.is_failure() || judgement.outcome == Outcome::Cancelled {
>>>>>>> review
                journal::note_failed();
            }
            if explained {
                return Verdict::Alike(Report::Neutral);
            }
            let failure = |retry_after| Failure {
                retry_after,
                ..Failure::new(FailureKind::Error, message)
            };
            match outcome {
                Outcome::Success => Verdict::Alike(Report::Success),
                Outcome::Neutral => Verdict::Alike(Report::Neutral),
                Outcome::Cancelled => Verdict::Alike(Report::Cancelled),
                Outcome::Failure { .. } => Verdict::Failed(failure(None), dependency),
                Outcome::RetryAfter(wait) => Verdict::Failed(failure(Some(wait)), dependency),
            }
        }
        Ending::Panicked { explained } => {
            journal::note_failed();
            if explained {
<<<<<<< HEAD
                return Verdict::Alike(Report::Neutral);
            }
            let failure = Failure::new(FailureKind::Panic, "the call panicked");
            Verdict::Failed(failure, None)
=======
                return settle_all(places, &Report::Cancelled);
            }
            note_reported(places);
            (Failure::new(FailureKind::Panic, "the call panicked"), None)
>>>>>>> review
        }
        Ending::Dropped { ran, explained } => {
            if ran.is_some() {
                // Somebody's timeout, perhaps: whoever goes on from here has no answer.
                journal::note_failed();
            }
            let ran = ran.unwrap_or_default();
<<<<<<< HEAD
            let limits = places.iter().map(|(entry, _)| entry.abandoned_after());
            if explained || limits.min().is_none_or(|limit| ran < limit) {
                return Verdict::Alike(Report::Cancelled);
=======
            let limit = places
                .iter()
                .map(|(entry, _)| entry.abandoned_after())
                .min();
            if explained || limit.is_none_or(|limit| ran < limit) {
                return settle_all(places, &Report::Cancelled);
>>>>>>> review
            }
            note_reported(places);
            let message = format!(
                "dropped by its caller after {:.1}s without an answer",
                ran.as_secs_f64()
            );
            Verdict::Failed(Failure::new(FailureKind::Abandoned, message), None)
        }
    }
}

/// Reports a failure to whoever is to blame. Returns whether that is anybody's guess.
fn blame(places: &[(&Entry, Word)], failure: Failure, culprit: Option<&str>) -> bool {
    if let Some(culprit) = culprit {
        for (entry, word) in places {
            let is_culprit = entry.name().as_str() == culprit;
            let report = if is_culprit {
                // A part of its own trial records nothing: the trial does.
                note_recorded(&[(entry, *word)]);
                Report::Failure(failure.clone())
            } else {
                Report::Neutral
            };
            entry.settle(*word, report);
        }
        return false;
    }
<<<<<<< HEAD
    note_recorded(places);
    if let [(entry, word)] = places {
        entry.settle(*word, Report::Failure(failure));
        return false;
=======
    if is_alone {
        return settle_all(places, &Report::Failure(failure));
>>>>>>> review
    }
    let blame = Blame::Shared;
    settle_all(places, &Report::Failure(Failure { blame, ..failure }));
    !places.is_empty()
}

<<<<<<< HEAD
/// Tells the calls around this one that they need not judge it again, if it held a place by which
/// it was judged.
fn note_recorded(places: &[(&Entry, Word)]) {
    if places.iter().any(|(_, word)| word.phase() != Phase::Aside) {
        journal::note_recorded();
    }
}

fn settle_all(places: &[(&Entry, Word)], report: &Report) {
=======
/// Notes, for the calls around this one, who hears of its outcome.
fn note_reported(places: &[(&Entry, Word)]) {
    for (entry, word) in places {
        if word.phase() != Phase::Aside {
            journal::note_recorded(Some(entry.id()));
        }
    }
}

fn settle_all(places: &[(&Entry, Word)], report: &Report) -> bool {
>>>>>>> review
    for (entry, word) in places {
        let proves_nothing = matches!(report, Report::Neutral | Report::Cancelled);
        // A closed breaker holds no slot that would have to be given back.
        if !(proves_nothing && word.is_closed()) {
            entry.settle(*word, report.clone());
        }
    }
}
