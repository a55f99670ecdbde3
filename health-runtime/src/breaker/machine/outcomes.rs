//! What the outcome of a call or of a trial changes.

use std::time::{Duration, Instant};

use super::{Machine, State};
use crate::breaker::config::BreakerMode;
use crate::breaker::rates::Ended;
use crate::breaker::record::Trouble;
use crate::breaker::transition::{Cause, Transition};
use crate::breaker::word::{Phase, Word};
use crate::clock::later;
use crate::outcome::{Blame, Failure, Report};

impl Machine {
    /// Takes in how an admitted call ended of which nobody knows how long it took.
    pub(crate) fn settle(
        &mut self,
        admitted: Word,
        report: Report,
        now: Instant,
        roll: impl FnOnce() -> f64,
    ) -> Option<Transition> {
        self.settle_timed(admitted, report, None, now, roll)
    }

    /// Takes in how an admitted call ended, and how long it took.
    pub(crate) fn settle_timed(
        &mut self,
        admitted: Word,
        report: Report,
        took: Option<Duration>,
        now: Instant,
        roll: impl FnOnce() -> f64,
    ) -> Option<Transition> {
        if admitted.epoch() != self.epoch {
            return None;
        }
        match admitted.phase() {
            Phase::Closed => self.settle_call(report, took, now, roll),
            Phase::HalfOpen => self.settle_trial(report, took, now, roll, Slot::Held),
            Phase::Open => None,
            Phase::Aside => {
                if let Report::Failure(failure) = report {
                    self.record.failure(&failure, now);
                }
                None
            }
        }
    }

    /// Takes in an outcome that was not admitted here: reported by hand.
    ///
    /// Past the cooldown it is a trial, as whoever reports by hand has nothing else to try with.
    pub(crate) fn report(
        &mut self,
        report: Report,
        now: Instant,
        roll: impl FnOnce() -> f64,
    ) -> [Option<Transition>; 2] {
        match self.state {
            State::Closed { .. } => [self.settle_call(report, None, now, roll), None],
            State::Open { until } if now >= until => {
                let opened = self.half_open(now, Cause::CooldownOver);
                [
                    Some(opened),
                    self.settle_trial(report, None, now, roll, Slot::None),
                ]
            }
            State::HalfOpen { .. } => {
                [self.settle_trial(report, None, now, roll, Slot::None), None]
            }
            State::Open { .. } | State::Forced { .. } => {
                if let Report::Failure(failure) = report {
                    self.record.failure(&failure, now);
                }
                [None, None]
            }
        }
    }

    fn settle_call(
        &mut self,
        report: Report,
        took: Option<Duration>,
        now: Instant,
        roll: impl FnOnce() -> f64,
    ) -> Option<Transition> {
        let is_slow = self.is_slow(took);
        let State::Closed {
            failures,
            suspected,
            slow,
        } = &mut self.state
        else {
            return None;
        };
        let failed = match report {
            Report::Neutral | Report::Cancelled => return None,
            Report::Success => {
                let ended_a_streak = *failures > 0 || *suspected;
                (*failures, *suspected, *slow) = (0, false, is_slow);
                self.streak += u64::from(ended_a_streak);
                self.seen = true;
                self.record.success(now);
                if is_slow {
                    self.record
                        .disturb(Trouble::Failure, now, self.settle_times());
                } else {
                    self.record.recovered(now);
                }
                false
            }
            Report::Failure(failure) => {
                let is_certain = failure.blame == Blame::Certain;
                if is_certain {
                    *failures = failures.saturating_add(1);
                } else {
                    *suspected = true;
                }
                *slow |= is_slow;
                self.seen = false;
                self.note_failure(&failure, now, Trouble::Failure);
                is_certain
            }
        };
        let ended = Ended {
            failed,
            slow: is_slow,
        };
        if let Some(rates) = &mut self.rates {
            rates.call(ended, now);
        }
        let cause = self.trip_cause(ended, now)?;
        let healthy = now.saturating_duration_since(self.entered);
        self.level = self.policy.backoff.decayed(self.level, healthy);
        Some(self.open(now, roll(), cause))
    }

    /// The rule that is met by how a call ended, if one is.
    fn trip_cause(&self, ended: Ended, now: Instant) -> Option<Cause> {
        if self.policy.mode == BreakerMode::Off {
            return None;
        }
        let failures = self.failures();
        let in_a_row = self
            .policy
            .consecutive
            .is_some_and(|limit| failures >= limit);
        if ended.failed && in_a_row {
            return Some(Cause::FailuresInARow(failures));
        }
        let rates = self.rates.as_ref()?;
        rates.met(&self.policy, ended, now).map(Cause::Rate)
    }

    fn is_slow(&self, took: Option<Duration>) -> bool {
        let limit = self.policy.slower_than();
        limit.zip(took).is_some_and(|(limit, took)| took >= limit)
    }

    fn settle_trial(
        &mut self,
        report: Report,
        took: Option<Duration>,
        now: Instant,
        roll: impl FnOnce() -> f64,
        slot: Slot,
    ) -> Option<Transition> {
        let is_slow = self.is_slow(took);
        let State::HalfOpen {
            in_flight,
            successes,
            ..
        } = &mut self.state
        else {
            return None;
        };
        if slot == Slot::Held {
            *in_flight = in_flight.saturating_sub(1);
        }
        match report {
            Report::Success if is_slow => {
                self.level = self.policy.backoff.raised(self.level);
                Some(self.open(now, roll(), Cause::TrialSlow))
            }
            Report::Success => {
                *successes += 1;
                let enough = *successes >= self.policy.success_threshold;
                if !enough {
                    self.record.success(now);
                    return None;
                }
                let closed = self.close(now, Cause::TrialSucceeded);
                self.seen = true;
                self.record.success(now);
                Some(closed)
            }
            Report::Failure(failure) if failure.blame == Blame::Shared => {
                self.note_failure(&failure, now, Trouble::WasOpen);
                None
            }
            Report::Failure(failure) => {
                self.note_failure(&failure, now, Trouble::WasOpen);
                self.level = self.policy.backoff.raised(self.level);
                Some(self.open(now, roll(), Cause::TrialFailed))
            }
            Report::Neutral | Report::Cancelled => None,
        }
    }

    fn note_failure(&mut self, failure: &Failure, now: Instant, trouble: Trouble) {
        self.record.failure(failure, now);
        self.record.disturb(trouble, now, self.settle_times());
        if let Some(wait) = failure.retry_after {
            let asked = later(now, wait.min(self.policy.retry_after_max));
            // Not shortened by a later, shorter wish, nor by a success.
            let rare = self.rare.get_or_insert_default();
            rare.not_before = rare.not_before.max(Some(asked));
        }
    }

    /// Takes in quick successes that were counted elsewhere, in this epoch.
    pub(crate) fn absorb(&mut self, successes: u64) {
        if let Some(rates) = &mut self.rates {
            rates.absorb(successes);
        }
    }
}

/// Whether a reported trial was admitted, and so holds a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Held,
    None,
}
