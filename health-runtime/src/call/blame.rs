//! Who is to blame for how a call ended.
//!
//! 1. What a nested guarded call has already judged is not judged again.
//! 2. Else the error says whose it is, if its [`Classify`](crate::Classify) does.
//! 3. Else, with one dependency, it is that one.
//! 4. Else all of them are degraded and none is counted towards a trip.

use std::time::Duration;

use super::{Judgement, journal};
use crate::breaker::{Phase, Word};
use crate::circuit::{Circuit, Depth};
use crate::outcome::{Blame, Failure, FailureKind, Outcome, Report};
use crate::span::Short;
use crate::tally::Fate;

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
        /// The panic came out of a nested call, which has recorded it.
        explained: bool,
    },
    /// The last attempt did not end within its time.
    TimedOut {
        after: Duration,
        /// It was waiting for a nested call, which has recorded it.
        explained: bool,
    },
    /// Turned away after it was admitted, before its body ran.
    Refused,
    /// Dropped by its caller.
    Dropped {
        /// `None` if its body has never waited for anything.
        ran: Option<Duration>,
        /// It was waiting for a nested call, which is dropped with it and judges itself.
        explained: bool,
    },
}

impl Ending {
    /// Whether trying again may help.
    pub(super) const fn is_transient(&self) -> bool {
        match self {
            Self::Error { judgement, .. } => judgement.is_transient(),
            Self::TimedOut { .. } => true,
            _ => false,
        }
    }

    /// Whether a fallback is asked.
    pub(super) const fn needs_fallback(&self) -> bool {
        match self {
            Self::Error { judgement, .. } => judgement.needs_fallback(),
            Self::TimedOut { .. } => true,
            _ => false,
        }
    }

    /// What is counted of it for tests.
    pub(super) fn fate(&self, places: &[(&Circuit, Word)]) -> Fate {
        match self {
            Self::Success => Fate::Succeeded,
            Self::Error { judgement, .. } => match judgement.outcome_at(places) {
                Outcome::Success => Fate::Succeeded,
                Outcome::Failure { .. } | Outcome::RetryAfter(_) => Fate::Failed,
                Outcome::Neutral => Fate::Neutral,
                Outcome::Cancelled => Fate::Dropped,
            },
            Self::Panicked { .. } | Self::TimedOut { .. } => Fate::Failed,
            Self::Refused => Fate::Refused,
            Self::Dropped { .. } => Fate::Dropped,
        }
    }

    /// How long the dependency asked to be left alone.
    pub(super) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Error {
                judgement:
                    Judgement {
                        outcome: Outcome::RetryAfter(wait),
                        ..
                    },
                ..
            } => Some(*wait),
            _ => None,
        }
    }
}

/// What is made of an ending, before anybody is blamed.
enum Verdict {
    /// Of all dependencies alike.
    Alike(Report),
    /// Of one of them; the name if the error says it.
    Failed(Failure, Option<String>),
}

/// The places whose dependencies nested calls have blamed before the call ended: a bit for each, and
/// one for all from the eighth on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blamed(u8);

impl Blamed {
    pub(super) const NOBODY: Self = Self(0);

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

/// Reports to every dependency how the call ended, and how long it took if one has to know that.
/// Returns whether nobody could be blamed for a failure of several.
pub(super) fn settle(
    places: &[(&Circuit, Word)],
    ending: Ending,
    blamed: Blamed,
    took: Option<Duration>,
) -> bool {
    if let Ending::Success = ending {
        for (index, (entry, word)) in places.iter().enumerate() {
            // One success of a call is enough, too, where a dependency has two names.
            let mut earlier = places[..index].iter();
            if earlier.any(|(known, _)| known.id() == entry.id()) {
                continue;
            }
            // That the call went on without a dependency does not make its failure good.
            let is_blamed = blamed.contains(index) && word.is_closed();
            if !is_blamed && !word.is_done(entry.word_relaxed()) {
                entry.settle_timed(*word, Report::Success, took);
            }
        }
        return false;
    }
    let once = without_repeats(places);
    let is_alone = are_one_dependency(&once);
    // One failure of a call is enough for each. A trial has a slot to give back.
    let once: Vec<(&Circuit, Word)> = once
        .into_iter()
        .filter(|(index, (_, word))| !(blamed.contains(*index) && word.is_closed()))
        .map(|(_, place)| place)
        .collect();
    let is_error = matches!(ending, Ending::Error { .. });
    match judge(&once, ending) {
        Verdict::Alike(report) => {
            if is_error && counts_for_itself(&once) {
                journal::note_recorded(None);
            }
            settle_all(&once, &report, took);
            false
        }
        Verdict::Failed(failure, culprit) => {
            blame(&once, is_alone, failure, culprit.as_deref(), took)
        }
    }
}

/// A dependency that is named twice, as a literal and as a constant, is one.
fn without_repeats<'e>(places: &[(&'e Circuit, Word)]) -> Vec<(usize, (&'e Circuit, Word))> {
    let mut once: Vec<(usize, (&Circuit, Word))> = Vec::with_capacity(places.len());
    for (index, (entry, word)) in places.iter().enumerate() {
        if !once.iter().any(|(_, (known, _))| known.id() == entry.id()) {
            once.push((index, (entry, *word)));
        }
    }
    once
}

/// Whether all places are of one dependency: it, and its parts.
fn are_one_dependency(places: &[(usize, (&Circuit, Word))]) -> bool {
    let mut names = places.iter().map(|(_, (circuit, _))| circuit.name());
    let first = names.next();
    first.is_some() && names.all(|name| Some(name) == first)
}

fn judge(places: &[(&Circuit, Word)], ending: Ending) -> Verdict {
    match ending {
        Ending::Success => Verdict::Alike(Report::Success),
        Ending::Error {
            judgement,
            message,
            explained,
        } => {
            let outcome = judgement.outcome_at(places);
            let is_timeout = judgement.is_timeout();
            let Judgement {
                dependency, kind, ..
            } = judgement;
            if outcome.is_failure() || outcome == Outcome::Cancelled {
                journal::note_failed();
            }
            if explained {
                return Verdict::Alike(Report::Neutral);
            }
            let is_trial = places
                .iter()
                .any(|(_, word)| word.phase() == Phase::HalfOpen);
            if is_timeout && is_trial {
                // A nested call that ran out of time has recorded it, unless it is a part of this
                // trial: a part records nothing, the trial does.
                let failure = Failure::new(FailureKind::Timeout, message);
                return Verdict::Failed(failure, None);
            }
            let failure = |retry_after| Failure {
                retry_after,
                ..Failure::new(kind, message)
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
                return Verdict::Alike(Report::Neutral);
            }
            let failure = Failure::new(FailureKind::Panic, "the call panicked");
            Verdict::Failed(failure, None)
        }
        Ending::TimedOut { after, explained } => {
            journal::note_failed();
            if explained {
                return Verdict::Alike(Report::Neutral);
            }
            let message = format!("no answer within {}", Short(after));
            Verdict::Failed(Failure::new(FailureKind::Timeout, message), None)
        }
        Ending::Refused => {
            journal::note_refused();
            Verdict::Alike(Report::Neutral)
        }
        Ending::Dropped { ran, explained } => {
            if ran.is_some() {
                // Somebody's timeout, perhaps: whoever goes on from here has no answer.
                journal::note_failed();
            }
            let hung = ran.filter(|ran| !explained && journal::is_expiring_after(*ran));
            if let Some(ran) = hung {
                let message = format!(
                    "no answer within the {}ms that its caller had left",
                    ran.as_millis()
                );
                return Verdict::Failed(Failure::new(FailureKind::Timeout, message), None);
            }
            let ran = ran.unwrap_or_default();
            let limits = places.iter().map(|(entry, _)| entry.abandoned_after());
            if explained || limits.min().is_none_or(|limit| ran < limit) {
                return Verdict::Alike(Report::Cancelled);
            }
            let message = format!(
                "dropped by its caller after {:.1}s without an answer",
                ran.as_secs_f64()
            );
            Verdict::Failed(Failure::new(FailureKind::Abandoned, message), None)
        }
    }
}

/// Reports a failure to whoever is to blame. Returns whether that is anybody's guess.
fn blame(
    places: &[(&Circuit, Word)],
    is_alone: bool,
    failure: Failure,
    culprit: Option<&str>,
    took: Option<Duration>,
) -> bool {
    if let Some(culprit) = culprit {
        let (guilty, others): (Vec<_>, Vec<_>) = places
            .iter()
            .copied()
            .partition(|(circuit, _)| circuit.name().as_str() == culprit);
        note_blamed(&guilty);
        fail(&guilty, failure, took);
        for (circuit, word) in others {
            circuit.settle_timed(word, Report::Neutral, took);
        }
        return false;
    }
    note_blamed(places);
    let blame = if is_alone {
        Blame::Certain
    } else {
        Blame::Shared
    };
    fail(places, Failure { blame, ..failure }, took);
    !is_alone && !places.is_empty()
}

/// Reports a failure to all of them. What has a part among them counts it for that part: the node is
/// to blame, and only with others the service that it belongs to.
fn fail(places: &[(&Circuit, Word)], failure: Failure, took: Option<Duration>) {
    for (index, (circuit, word)) in places.iter().enumerate() {
        let mut parts = parts_of(circuit, &places[index + 1..]).peekable();
        if failure.blame == Blame::Shared || parts.peek().is_none() {
            circuit.settle_timed(*word, Report::Failure(failure.clone()), took);
            continue;
        }
        circuit.settle_for_part(*word, failure.clone(), took, |streak| {
            // All of them, not only up to the first: each remembers that it was counted.
            parts.filter(|part| part.counts_for(streak)).count() > 0
        });
    }
}

/// The parts of a circuit among those that follow it: of a dependency all keys and roles, of a key its
/// role.
fn parts_of<'p>(
    circuit: &'p Circuit,
    following: &'p [(&'p Circuit, Word)],
) -> impl Iterator<Item = &'p Circuit> {
    let depth = circuit.depth();
    let theirs = match depth {
        Depth::Dependency => Depth::Part,
        Depth::Part | Depth::RoleOfKey => Depth::RoleOfKey,
    };
    following
        .iter()
        .map(|(other, _)| *other)
        .filter(|other| other.name() == circuit.name())
        // The role of another key comes after that key.
        .take_while(move |other| depth == Depth::Dependency || other.depth() > depth)
        .filter(move |other| other.depth() == theirs && other.depth() > depth)
}

/// Tells the calls around this one whom they need not blame again. A part of its own trial records
/// nothing: the trial does.
fn note_blamed(places: &[(&Circuit, Word)]) {
    for (entry, word) in places {
        if !word.is_part() {
            journal::note_recorded(Some(entry.id()));
        }
    }
}

fn counts_for_itself(places: &[(&Circuit, Word)]) -> bool {
    places.iter().any(|(_, word)| !word.is_part())
}

fn settle_all(places: &[(&Circuit, Word)], report: &Report, took: Option<Duration>) {
    for (entry, word) in places {
        let proves_nothing = matches!(report, Report::Neutral | Report::Cancelled);
        // A closed breaker holds no slot that would have to be given back.
        if !(proves_nothing && word.is_closed()) {
            entry.settle_timed(*word, report.clone(), took);
        }
    }
}
