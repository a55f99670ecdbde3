//! What is made of an error before anybody is blamed for it.

use crate::breaker::Word;
use crate::circuit::Circuit;
use crate::classify::{Classify, HttpStatuses};
use crate::error::Reason;
use crate::fault::Fault;
use crate::outcome::{FailureKind, Outcome};

/// What judges an error: gives the judgement, and the text of the error.
///
/// A type, and not a pointer to a function, as it is kept in the future of every guarded function; the
/// type depends on that of the error, and is the same in many functions.
pub trait Judge<E>: Fn(&E) -> (Judgement, String) + Copy + Unpin {}

impl<E, J: Fn(&E) -> (Judgement, String) + Copy + Unpin> Judge<E> for J {}

/// How an error was judged.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// How it counts, unless there is a status.
    pub(super) outcome: Outcome,
    /// Whose it is, if the error knows.
    pub(super) dependency: Option<String>,
    pub(super) kind: FailureKind,
    /// How it counts is then for the dependency to say.
    http_status: Option<u16>,
    /// Why the call was refused, whose refusal the error is, or carries.
    refusal: Option<Reason>,
}

impl Judgement {
    /// An error that a test has injected: it counts as it is told, and says whose it is.
    pub(super) fn injected(fault: &Fault) -> Self {
        Self {
            outcome: fault.outcome(),
            dependency: Some(fault.dependency().as_str().to_owned()),
            ..Self::FAILURE
        }
    }

    /// What an error is of which nothing is known.
    pub(crate) const FAILURE: Self = Self {
        outcome: Outcome::FAILURE,
        dependency: None,
        kind: FailureKind::Error,
        http_status: None,
        refusal: None,
    };

    /// A refusal of this library that passes through. It is nobody's failure.
    pub(crate) const fn refusal(reason: Reason) -> Self {
        Self {
            outcome: Outcome::Neutral,
            refusal: Some(reason),
            ..Self::FAILURE
        }
    }

    /// What the error says of itself.
    pub(crate) fn of(error: &(impl Classify + ?Sized)) -> Self {
        Self {
            outcome: error.classify(),
            dependency: error.dependency().map(str::to_owned),
            kind: error.kind(),
            http_status: error.http_status(),
            refusal: None,
        }
    }

    /// The same for an error of which the function says how it counts: that is the last word, and
    /// not the table of the dependency. A refusal stays one.
    pub(crate) fn counted_as(mut self, outcome: Outcome) -> Self {
        if !self.is_refusal() {
            self.outcome = outcome;
            self.http_status = None;
        }
        self
    }

    /// Whether the error is, or carries, a refusal of this library: neutral, but the call has not
    /// done what it was to do.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        self.refusal.is_some()
    }

    /// Whether it is the refusal that stands for a call that ran out of time.
    pub(super) fn is_timeout(&self) -> bool {
        self.refusal == Some(Reason::TimedOut)
    }

    /// Whether trying again may help.
    pub(super) const fn is_transient(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::Failure { transient: true } | Outcome::RetryAfter(_)
        )
    }

    /// Whether a fallback is asked: the call failed, or a call within it was refused.
    pub(super) const fn needs_fallback(&self) -> bool {
        self.outcome.is_failure() || self.refusal.is_some()
    }

    /// The same, by the table of whoever is to blame.
    pub(super) fn at(self, places: &[(&Circuit, Word)]) -> Self {
        Self {
            outcome: self.outcome_at(places),
            http_status: None,
            ..self
        }
    }

    /// How the call counts, by the table of whoever is to blame if the error tells a status.
    pub(super) fn outcome_at(&self, places: &[(&Circuit, Word)]) -> Outcome {
        let Some(status) = self.http_status else {
            return self.outcome;
        };
        let culprit = self.dependency.as_deref();
        let is_culprit = |circuit: &Circuit| Some(circuit.name().as_str()) == culprit;
        let places = || places.iter().map(|(circuit, _)| *circuit);
        match places()
            .find(|circuit| is_culprit(circuit))
            .or(places().next())
        {
            Some(circuit) => circuit.http_statuses().judge(status, self.outcome),
            // Nobody is left to blame.
            None => HttpStatuses::default().judge(status, self.outcome),
        }
    }
}
