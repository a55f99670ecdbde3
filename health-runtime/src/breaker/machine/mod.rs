//! The rules of the breaker. No clock, lock or I/O here: time comes in, changes go out.
//!
//! | state     | what happens                                       | next                     |
//! |-----------|----------------------------------------------------|--------------------------|
//! | closed    | failures in a row reach the threshold              | open                     |
//! | closed    | a failure, and the part of the calls that failed reaches its limit | open     |
//! | closed    | a slow call, and the part of the calls that was slow reaches its limit | open |
//! | open      | cooldown over, and a call or the probe asks        | half-open                |
//! | half-open | enough trials succeed                              | closed                   |
//! | half-open | a trial fails, or is slow and that is a rule       | open, backoff level + 1  |
//! | half-open | a trial is dropped                                 | half-open, slot free     |
//! | half-open | a trial is past its lease, and somebody asks       | half-open, a new epoch   |
//! | any       | an operator forces or resets                       | forced, or closed        |
//! | forced    | the override expires: open as if its cooldown had just ended, else closed     |  |
//!
//! Closed is degraded from the first failure or slow call on, until a success that was not slow. A
//! slow success ends a row of failures, and is proof that the dependency works.
//!
//! What an outcome changes is in `outcomes.rs`, the rate rules are in `../rates.rs`. Another policy
//! changes nothing by itself: what it finds counted counts by its rules from the next outcome on.
//!
//! Invariants: only [`Machine::enter`] assigns `state`, and every assignment is a new epoch; an
//! outcome from an older epoch changes nothing.

mod outcomes;
mod reading;
mod state;

use std::sync::Arc;
use std::time::{Duration, Instant};

use self::state::{CompactSettle, Rare, State};
use super::config::{BreakerMode, BreakerPolicy};
use super::forced::Override;
use super::rates::{Rates, Restarted};
use super::record::{Record, Settle, Trouble};
use super::transition::{Asker, Cause, Refusal, Transition};
use super::word::{Metering, Phase, Word};
use crate::clock::later;
use crate::error::Reason;
use crate::state::DependencyState;

#[derive(Debug)]
pub(crate) struct Machine {
    policy: Arc<BreakerPolicy>,
    settle: CompactSettle,
    state: State,
    epoch: u64,
    /// Backoff level of the last cooldown: it rises up to the cap, and decays while closed.
    level: u32,
    last_cooldown: Duration,
    entered: Instant,
    /// What most breakers never see.
    pub(super) rare: Option<Box<Rare>>,
    /// A background probe is the trial, as long as it makes use of its right.
    probed: bool,
    /// A success was stamped since the last tick.
    seen: bool,
    /// Counts the streaks of failures: a new one begins with every success that ends one, and with
    /// every epoch. Never 0.
    streak: u64,
    /// How often the proof was voided, so that an answer to a question of before is known as such.
    voids: u32,
    /// What the rate rules count; `None` without any.
    rates: Option<Box<Rates>>,
    metering: Metering,
    /// A bulkhead caps the calls in flight.
    limited: bool,
    pub(crate) record: Record,
}

impl Machine {
    pub(crate) fn new(policy: Arc<BreakerPolicy>, settle: Settle, now: Instant) -> Self {
        Self {
            rates: Rates::new(&policy, now),
            metering: policy.metering(),
            limited: false,
            policy,
            settle: CompactSettle::new(settle),
            state: State::SOUND,
            epoch: 0,
            level: 0,
            last_cooldown: Duration::ZERO,
            entered: now,
            rare: None,
            probed: false,
            seen: false,
            streak: 1,
            voids: 0,
            record: Record::default(),
        }
    }

    /// Says whether one more call would be admitted. Changes nothing.
    pub(crate) fn check(&self, now: Instant, asker: Asker) -> Result<(), Refusal> {
        let refusal = |reason, retry_after| {
            Err(Refusal {
                reason,
                retry_after,
            })
        };
        match &self.state {
            State::Closed { .. } => Ok(()),
            State::Open { until } if now < *until => {
                refusal(Reason::CircuitOpen, until.saturating_duration_since(now))
            }
            State::Open { until } => {
                let probes_turn = later(*until, self.policy.trial_lease);
                if asker == Asker::Call && self.probed && now < probes_turn {
                    return refusal(Reason::TrialInFlight, self.trial_wait(probes_turn, now));
                }
                Ok(())
            }
            State::HalfOpen {
                in_flight,
                lease_until,
                ..
            } => {
                if now >= *lease_until {
                    return Ok(());
                }
                let probes_turn = asker == Asker::Call && self.probed;
                if probes_turn || *in_flight >= self.policy.max_trials {
                    return refusal(Reason::TrialInFlight, self.trial_wait(*lease_until, now));
                }
                Ok(())
            }
            State::Forced {
                reported: DependencyState::Unhealthy,
                until,
                ..
            } if now < *until => {
                match asker {
                    Asker::Call => {
                        refusal(Reason::ForcedOpen, until.saturating_duration_since(now))
                    }
                    // A probe of a forced breaker informs; it does not decide.
                    Asker::Probe => Ok(()),
                }
            }
            State::Forced { .. } => Ok(()),
        }
    }

    /// Takes a place that [`check`](Self::check) has just found free. Returns what the outcome
    /// must be reported with.
    pub(crate) fn admit(&mut self, now: Instant) -> (Word, Option<Transition>) {
        let mut transition = None;
        match &self.state {
            State::Open { until } if now >= *until => {
                transition = Some(self.half_open(now, Cause::CooldownOver));
            }
            State::HalfOpen {
                lease_until,
                in_flight,
                ..
            } if now >= *lease_until && *in_flight > 0 => {
                // The lease is that of the trial let in last: all of them are overdue.
                transition = Some(self.half_open(now, Cause::TrialOverdue));
            }
            _ => {}
        }
        if let State::HalfOpen {
            in_flight,
            lease_until,
            ..
        } = &mut self.state
        {
            *in_flight += 1;
            *lease_until = later(now, self.policy.trial_lease);
        }
        (self.word(), transition)
    }

    /// Lets a call pass that the rules refuse, because they are only observed, or were switched off
    /// after they had tripped.
    pub(crate) fn pass_by(&self) -> Option<Word> {
        let passes = match self.policy.mode {
            BreakerMode::Enforce => false,
            BreakerMode::Observe => true,
            BreakerMode::Off => !matches!(self.state, State::Forced { .. }),
        };
        passes.then(|| Word::new(self.epoch, Phase::Aside, 0, false))
    }

    /// Ends an override whose time is over. To be called before anything is asked.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Transition> {
        let State::Forced {
            reported, until, ..
        } = &self.state
        else {
            return None;
        };
        if now < *until {
            return None;
        }
        let next = match reported {
            // An operator who refused calls has proved nothing about the dependency.
            DependencyState::Unhealthy => State::Open { until: now },
            _ => {
                self.record.recovered(now);
                State::SOUND
            }
        };
        Some(self.enter(next, now, Cause::OverrideExpired))
    }

    fn open(&mut self, now: Instant, roll: f64, cause: Cause) -> Transition {
        self.last_cooldown = self.policy.backoff.wait(self.level, roll);
        let not_before = self.rare.as_ref().and_then(|rare| rare.not_before);
        let until = later(now, self.last_cooldown).max(not_before.unwrap_or(now));
        self.record
            .disturb(Trouble::WasOpen, now, self.settle_times());
        self.enter(State::Open { until }, now, cause)
    }

    #[cfg(feature = "testing")]
    pub(super) fn open_after(&mut self, now: Instant, roll: f64, failures: u32) -> Transition {
        self.open(now, roll, Cause::FailuresInARow(failures))
    }

    #[cfg(feature = "testing")]
    pub(super) fn forgive(&mut self, now: Instant) {
        self.streak += 1;
        if let State::Closed { .. } = self.state {
            self.state = State::SOUND;
        }
        if let Some(rates) = &mut self.rates {
            rates.restart(now);
        }
    }

    fn half_open(&mut self, now: Instant, cause: Cause) -> Transition {
        let lease_until = later(now, self.policy.trial_lease);
        self.enter(
            State::HalfOpen {
                in_flight: 0,
                successes: 0,
                lease_until,
            },
            now,
            cause,
        )
    }

    fn close(&mut self, now: Instant, cause: Cause) -> Transition {
        self.record.recovered(now);
        self.enter(State::SOUND, now, cause)
    }

    /// Overrides the rules until the override expires.
    pub(crate) fn force(
        &mut self,
        reported: DependencyState,
        why: Override,
        now: Instant,
    ) -> Transition {
        let until = now + why.lasts();
        // What is forced is not proof: when it ends, health has to be shown again.
        self.record
            .disturb(Trouble::WasOpen, now, self.settle_times());
        let cause = Cause::Operator(why.clone());
        self.enter(
            State::Forced {
                reported,
                until,
                why: Box::new(why),
            },
            now,
            cause,
        )
    }

    /// Closes the breaker and forgets failures, backoff and wishes. Proof has to come anew.
    pub(crate) fn reset(&mut self, why: Override, now: Instant) -> Transition {
        (self.level, self.rare) = (0, None);
        self.close(now, Cause::Reset(why))
    }

    fn enter(&mut self, next: State, now: Instant, cause: Cause) -> Transition {
        let from = self.breaker_state_as_stored();
        self.state = next;
        self.epoch += 1;
        self.streak += 1;
        self.entered = now;
        self.seen = false;
        self.record.void();
        if let Some(rates) = &mut self.rates {
            rates.restart(now);
        }
        let lasts = match &self.state {
            State::Open { until } | State::Forced { until, .. } => {
                Some(until.saturating_duration_since(now))
            }
            State::Closed { .. } | State::HalfOpen { .. } => None,
        };
        Transition {
            from,
            to: self.breaker_state_as_stored(),
            epoch: self.epoch,
            cause,
            lasts,
        }
    }

    /// A caller refused for a running trial is told to come back soon, not at the end of the lease:
    /// most trials end long before.
    fn trial_wait(&self, latest: Instant, now: Instant) -> Duration {
        latest
            .saturating_duration_since(now)
            .min(self.policy.backoff.initial)
    }

    /// Takes in the success of a probe that says who answered. Returns who was there before.
    pub(crate) fn identify(&mut self, identity: &str, now: Instant) -> Option<Arc<str>> {
        self.record.identify(identity, now, self.settle_times())
    }

    pub(crate) fn configure(&mut self, policy: Arc<BreakerPolicy>, settle: Settle, now: Instant) {
        self.revise(policy, now);
        self.settle = CompactSettle::new(settle);
        self.void();
    }

    /// Goes on by another policy, from where it is: the state, a running cooldown, the count of
    /// failures and the proof of health stay. What is counted trips, if it does, at the next outcome.
    pub(crate) fn revise(&mut self, policy: Arc<BreakerPolicy>, now: Instant) -> Restarted {
        let old = std::mem::replace(&mut self.policy, policy);
        let (rates, restarted) = Rates::revised(self.rates.take(), &old, &self.policy, now);
        (self.rates, self.metering) = (rates, self.policy.metering());
        if let State::Closed {
            failures,
            suspected,
            slow,
        } = &mut self.state
            && self.policy.slow_call_rate.is_none()
            && std::mem::take(slow)
            && *failures == 0
            && !*suspected
        {
            // Nobody asks any more how long a call takes.
            self.record.recovered(now);
        }
        restarted
    }

    pub(crate) fn set_settle(&mut self, settle: Settle) {
        self.settle = CompactSettle::new(settle);
    }

    pub(crate) fn set_limited(&mut self, limited: bool) {
        self.limited = limited;
    }

    pub(crate) fn set_probed(&mut self, probed: bool) {
        self.probed = probed;
    }

    /// Lets the next success be stamped, and tells the windows what was counted until now.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.seen = false;
        if let Some(rates) = &mut self.rates {
            rates.look(now);
        }
    }

    /// Forgets the proof of health: the process slept, or was given another configuration.
    pub(crate) fn void(&mut self) {
        self.seen = false;
        self.voids = self.voids.wrapping_add(1);
        self.record.void();
    }

    /// The same, after this process did not run: the time of that is no time of health either.
    pub(crate) fn stood_still(&mut self, since: Instant, now: Instant) {
        self.void();
        self.record.unobserved(since, now, self.settle_times());
    }
}
