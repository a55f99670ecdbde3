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
        /// A nested call has recorded the panic already.
        explained: bool,
    },
    /// Dropped by its caller.
    Dropped {
        /// `None` if its body has never waited for anything.
        ran: Option<Duration>,
        /// A nested call has recorded it already.
        explained: bool,
    },
}

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
}

/// Reports to every dependency how the call ended. Returns whether nobody could be blamed for a
/// failure of several.
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
            }
            return false;
        }
        Ending::Error {
            judgement,
            message,
            explained,
        } => {
            let is_reported =
                !explained && !matches!(judgement.outcome, Outcome::Neutral | Outcome::Cancelled);
            if is_reported {
                note_reported(places);
            } else if counted > 0 {
                journal::note_recorded(None);
            }
            if judgement.outcome.is_failure() || judgement.outcome == Outcome::Cancelled {
                journal::note_failed();
            }
            if explained {
                return settle_all(places, &Report::Neutral);
            }
            match judgement.outcome {
                Outcome::Success => return settle_all(places, &Report::Success),
                Outcome::Neutral => return settle_all(places, &Report::Neutral),
                Outcome::Cancelled => return settle_all(places, &Report::Cancelled),
                Outcome::Failure { .. } => (
                    Failure::new(FailureKind::Error, message),
                    judgement.dependency,
                ),
                Outcome::RetryAfter(wait) => {
                    let failure = Failure::new(FailureKind::Error, message);
                    (
                        Failure {
                            retry_after: Some(wait),
                            ..failure
                        },
                        judgement.dependency,
                    )
                }
            }
        }
        Ending::Panicked { explained } => {
            journal::note_failed();
            if explained {
                return settle_all(places, &Report::Cancelled);
            }
            note_reported(places);
            (Failure::new(FailureKind::Panic, "the call panicked"), None)
        }
        Ending::Dropped { ran, explained } => {
            if ran.is_some() {
                // Somebody's timeout, perhaps: whoever goes on from here has no answer.
                journal::note_failed();
            }
            let ran = ran.unwrap_or_default();
            let limit = places
                .iter()
                .map(|(entry, _)| entry.abandoned_after())
                .min();
            if explained || limit.is_none_or(|limit| ran < limit) {
                return settle_all(places, &Report::Cancelled);
            }
            note_reported(places);
            let message = format!(
                "dropped by its caller after {:.1}s without an answer",
                ran.as_secs_f64()
            );
            (Failure::new(FailureKind::Abandoned, message), None)
        }
    };
    if let Some(culprit) = culprit {
        for (entry, word) in places {
            let is_culprit = entry.name().as_str() == culprit;
            let report = if is_culprit {
                Report::Failure(failure.clone())
            } else {
                Report::Neutral
            };
            entry.settle(*word, report);
        }
        return false;
    }
    if is_alone {
        return settle_all(places, &Report::Failure(failure));
    }
    settle_all(
        places,
        &Report::Failure(Failure {
            blame: Blame::Shared,
            ..failure
        }),
    );
    !places.is_empty()
}

/// Notes, for the calls around this one, who hears of its outcome.
fn note_reported(places: &[(&Entry, Word)]) {
    for (entry, word) in places {
        if word.phase() != Phase::Aside {
            journal::note_recorded(Some(entry.id()));
        }
    }
}

fn settle_all(places: &[(&Entry, Word)], report: &Report) -> bool {
    for (entry, word) in places {
        let proves_nothing = matches!(report, Report::Neutral | Report::Cancelled);
        // A closed breaker holds no slot that would have to be given back.
        if !(proves_nothing && word.is_closed()) {
            entry.settle(*word, report.clone());
        }
    }
    false
}
