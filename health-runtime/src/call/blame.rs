//! Who is to blame for how a call ended.
//!
//! 1. What a nested guarded call has already judged is not judged again.
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
    Panicked,
    /// Dropped by its caller; `None` if its body has never waited for anything.
    Dropped {
        ran: Option<Duration>,
    },
}

/// Reports to every dependency how the call ended. Returns whether nobody could be blamed for a
/// failure of several.
pub(crate) fn settle(places: &[(&Entry, Word)], ending: Ending) -> bool {
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
            if counted > 0 {
                journal::note_recorded();
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
        Ending::Panicked => {
            journal::note_failed();
            (Failure::new(FailureKind::Panic, "the call panicked"), None)
        }
        Ending::Dropped { ran } => {
            if ran.is_some() {
                // Somebody's timeout, perhaps: whoever goes on from here has no answer.
                journal::note_failed();
            }
            let ran = ran.unwrap_or_default();
            let limit = places
                .iter()
                .map(|(entry, _)| entry.abandoned_after())
                .min();
            if limit.is_none_or(|limit| ran < limit) {
                return settle_all(places, &Report::Cancelled);
            }
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
    if let [(entry, word)] = places {
        entry.settle(*word, Report::Failure(failure));
        return false;
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
