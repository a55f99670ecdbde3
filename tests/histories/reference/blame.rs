//! Who is to blame for how a call ended.
//!
//! 1. What a call within this one has judged is not judged again.
//! 2. Else the error says whose it is.
//! 3. Else, with one dependency, it is that one.
//! 4. Else all are degraded, and none is counted towards a trip.

use std::time::Duration;

use health_runtime::{FailureKind, Outcome, Reason};

use super::breaker::{Report, Role, Ticket};
use super::calls::Running;
use super::{Reference, Time};
use crate::functions::NAMES;
use crate::trouble::{Told, Whose};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum How {
    Success,
    Error(Told),
    /// A refusal of this library, of a call within this one.
    Refused(Reason),
    Panicked,
    TimedOut,
    /// By its caller, or with the call around it, whose time was over: its limit is given then.
    Dropped {
        waits_for_nested: bool,
        expired: Option<Duration>,
    },
}

/// What the call around it need not judge again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judged {
    /// Something was made of how it ended.
    pub(crate) is_explained: bool,
    pub(crate) blamed: Vec<usize>,
    /// It has not done what it was to do: what was read proves nothing.
    pub(crate) has_failed: bool,
}

impl Judged {
    /// Of a refusal: nobody's failure, and nobody else has to look for one.
    pub(crate) fn refused() -> Self {
        Self {
            is_explained: true,
            blamed: Vec::new(),
            has_failed: true,
        }
    }
}

/// What is made of an ending.
enum Verdict {
    /// For every dependency alike.
    Alike(Report),
    Failed {
        kind: FailureKind,
        wish: Option<Duration>,
        culprit: Option<Whose>,
    },
}

impl Reference {
    /// Ends a call. `explained` says that a call within it has judged the ending already.
    pub(crate) fn settle(&mut self, running: &Running, how: How, explained: bool) -> Judged {
        let now = self.now;
        let took = self.took(running);
        // A failure that was counted for a call within it is not made good by this one, nor counted
        // twice. A trial has a place to give back all the same.
        let has_its_share = |ticket: &Ticket| {
            running.blamed.contains(&ticket.dependency) && ticket.role == Role::Call
        };
        let places: Vec<Ticket> = running
            .places
            .iter()
            .copied()
            .filter(|ticket| !has_its_share(ticket))
            .collect();
        let mut judged = Judged {
            has_failed: self.has_failed(running, how),
            ..Judged::default()
        };
        let is_own = |ticket: &&Ticket| ticket.role != Role::Part;
        match self.verdict_on(running, &places, how, explained) {
            Verdict::Alike(report) => {
                let is_error = matches!(how, How::Error(_) | How::Refused(_));
                judged.is_explained = is_error && places.iter().any(|place| is_own(&place));
                for ticket in &places {
                    self.dependencies[ticket.dependency].settle(*ticket, report, took, now);
                }
            }
            Verdict::Failed {
                kind,
                wish,
                culprit,
            } => {
                let is_guilty = |ticket: &Ticket| match culprit {
                    None => true,
                    Some(whose) => whose == Whose::Of(ticket.dependency),
                };
                let certain = culprit.is_some() || running.places.len() == 1;
                let failure = Report::Failure {
                    kind,
                    certain,
                    wish,
                };
                for ticket in &places {
                    let report = if is_guilty(ticket) {
                        failure
                    } else {
                        Report::Nothing
                    };
                    self.dependencies[ticket.dependency].settle(*ticket, report, took, now);
                }
                let guilty = places.iter().filter(|ticket| is_guilty(ticket));
                judged.blamed = guilty.filter(is_own).map(|it| it.dependency).collect();
                judged.is_explained = !judged.blamed.is_empty();
            }
        }
        judged
    }

    /// How long a call took, if one of its dependencies has to know.
    fn took(&self, running: &Running) -> Option<Duration> {
        let now = stamp(self.now);
        running.is_timed.then(|| now - stamp(running.began))
    }

    fn has_failed(&self, running: &Running, how: How) -> bool {
        match how {
            How::Success | How::Refused(_) => false,
            How::Error(told) => {
                let outcome = told.says.outcome();
                outcome.is_failure() || outcome == Outcome::Cancelled
            }
            How::Panicked | How::TimedOut => true,
            How::Dropped { .. } => running.waiting_since.is_some(),
        }
    }

    fn verdict_on(
        &self,
        running: &Running,
        places: &[Ticket],
        how: How,
        explained: bool,
    ) -> Verdict {
        let failed = |kind| Verdict::Failed {
            kind,
            wish: None,
            culprit: None,
        };
        if explained && how != How::Success {
            return Verdict::Alike(Report::Nothing);
        }
        match how {
            How::Success => Verdict::Alike(Report::Success),
            How::Error(told) => {
                let culprit = match told.whose {
                    Whose::Unsaid => None,
                    whose => Some(whose),
                };
                let failed = |wish| Verdict::Failed {
                    kind: told.says.kind(),
                    wish,
                    culprit,
                };
                match told.says.outcome() {
                    Outcome::Success => Verdict::Alike(Report::Success),
                    Outcome::Failure { .. } => failed(None),
                    Outcome::RetryAfter(wish) => failed(Some(wish)),
                    _ => Verdict::Alike(Report::Nothing),
                }
            }
            // A part of this trial ran out of time: it records nothing, the trial does.
            How::Refused(Reason::TimedOut)
                if running.knows_refusals()
                    && places.iter().any(|ticket| ticket.role == Role::Trial) =>
            {
                failed(FailureKind::Timeout)
            }
            How::Refused(_) => Verdict::Alike(Report::Nothing),
            How::Panicked => failed(FailureKind::Panic),
            How::TimedOut => failed(FailureKind::Timeout),
            How::Dropped {
                waits_for_nested: true,
                ..
            } => Verdict::Alike(Report::Nothing),
            How::Dropped { expired, .. } => {
                let since = running.waiting_since.map(|since| match running.is_timed {
                    true => stamp(running.began),
                    false => stamp(since),
                });
                let ran = since.map(|since| stamp(self.now) - since);
                // The time of the call around it was mostly its own.
                if let (Some(ran), Some(limit)) = (ran, expired)
                    && ran >= limit / 2
                {
                    return failed(FailureKind::Timeout);
                }
                let patience = places
                    .iter()
                    .map(|ticket| self.dependencies[ticket.dependency].policy.abandoned_after);
                match patience.min() {
                    Some(patience) if ran.unwrap_or_default() >= patience => {
                        failed(FailureKind::Abandoned)
                    }
                    _ => Verdict::Alike(Report::Nothing),
                }
            }
        }
    }
}

/// The time of a call is taken in milliseconds, of which the first one is that after the beginning.
fn stamp(time: Time) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1))
}

/// The name that a refusal gives to a call of these dependencies that ran out of time.
pub(crate) fn name_of(places: &[Ticket]) -> Option<&'static str> {
    match places {
        [only] => Some(NAMES[only.dependency]),
        _ => None,
    }
}
