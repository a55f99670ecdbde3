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
//! The rate rules are in `rates.rs`. Another policy changes nothing by itself: what it finds counted
//! counts by its rules from the next outcome on.
//!
//! Invariants: only [`Machine::enter`] assigns `state`, and every assignment is a new epoch; an
//! outcome from an older epoch changes nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::{BreakerMode, BreakerPolicy};
use super::forced::Override;
use super::rates::{Ended, Rates, Reading, Restarted};
use super::record::{Record, Settle, Trouble};
use super::transition::{Asker, Cause, Refusal, Transition};
use super::word::{Metering, Phase, Word};
use crate::clock::later;
use crate::error::Reason;
use crate::outcome::{Blame, Failure, Report};
use crate::state::{BreakerState, DependencyState};

#[derive(Debug)]
enum State {
    Closed {
        failures: u32,
        /// Something failed and this dependency may be to blame; see [`Blame::Shared`].
        suspected: bool,
        /// A call was slow since the last success that was not.
        slow: bool,
    },
    Open {
        until: Instant,
    },
    HalfOpen {
        in_flight: u32,
        successes: u32,
        /// When the running trial loses its slot, and the probe its first right to be the trial.
        lease_until: Instant,
    },
    Forced {
        reported: DependencyState,
        until: Instant,
        why: Box<Override>,
    },
}

impl State {
    /// Closed with nothing outstanding.
    const SOUND: Self = Self::Closed {
        failures: 0,
        suspected: false,
        slow: false,
    };
}

/// What most breakers never see. In a box, as there may be ten thousand of them.
#[derive(Debug, Default)]
pub(super) struct Rare {
    /// The dependency asked not to be called before.
    not_before: Option<Instant>,
    /// When a call that would have been shed was let through last.
    pub(super) shed_passed: Option<Instant>,
}

/// The settle times in milliseconds, up to 49 days: a quarter of their size.
#[derive(Debug, Clone, Copy)]
struct CompactSettle {
    after_failure_ms: u32,
    after_open_ms: u32,
}

impl CompactSettle {
    fn new(settle: Settle) -> Self {
        let millis =
            |time: Duration| u32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
        Self {
            after_failure_ms: millis(settle.after_failure),
            after_open_ms: millis(settle.after_open),
        }
    }

    fn times(self) -> Settle {
        Settle {
            after_failure: Duration::from_millis(self.after_failure_ms.into()),
            after_open: Duration::from_millis(self.after_open_ms.into()),
        }
    }
}

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

    /// Whether a background probe is the trial.
    pub(crate) const fn is_probed(&self) -> bool {
        self.probed
    }

    /// Lets the next success be stamped, and tells the windows what was counted until now.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.seen = false;
        if let Some(rates) = &mut self.rates {
            rates.look(now);
        }
    }

    /// Takes in quick successes that were counted elsewhere, in this epoch.
    pub(crate) fn absorb(&mut self, successes: u64) {
        if let Some(rates) = &mut self.rates {
            rates.absorb(successes);
        }
    }

    /// Whether a rate rule counts successes.
    pub(crate) const fn is_metered(&self) -> bool {
        self.rates.is_some()
    }

    /// Whether a call was slow since the last success that was not.
    pub(crate) const fn had_slow_call(&self) -> bool {
        matches!(self.state, State::Closed { slow: true, .. })
    }

    /// What each rate rule has counted, to the present.
    pub(crate) fn rates(&mut self, now: Instant) -> Vec<Reading> {
        let Some(rates) = &mut self.rates else {
            return Vec::new();
        };
        rates.look(now);
        rates.readings(&self.policy, now)
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

    /// How often the proof of health was voided.
    pub(crate) const fn voids(&self) -> u32 {
        self.voids
    }

    /// Until when every call is refused, whatever else happens but a transition.
    pub(crate) fn refusing_until(&self) -> Option<Instant> {
        match self.state {
            State::Open { until } if self.policy.mode == BreakerMode::Enforce => Some(until),
            State::Forced {
                reported: DependencyState::Unhealthy,
                until,
                ..
            } if self.policy.mode != BreakerMode::Observe => Some(until),
            _ => None,
        }
    }

    pub(crate) fn word(&self) -> Word {
        let (phase, outstanding) = match self.state {
            State::Closed {
                failures,
                suspected,
                slow,
            } => (Phase::Closed, failures.max(u32::from(suspected || slow))),
            State::Open { .. } => (Phase::Open, 0),
            State::HalfOpen { in_flight, .. } => (Phase::HalfOpen, in_flight),
            State::Forced { .. } => (Phase::Aside, 0),
        };
        let word = Word::new(self.epoch, phase, outstanding, self.seen);
        match phase {
            // Trials are timed, too.
            Phase::Closed => word.measured(self.metering).limited(self.limited),
            Phase::HalfOpen => word.measured(self.metering),
            Phase::Open | Phase::Aside => word,
        }
    }

    fn breaker_state_as_stored(&self) -> BreakerState {
        match self.state {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { .. } => BreakerState::Open,
            State::HalfOpen { .. } => BreakerState::HalfOpen,
            State::Forced {
                reported: DependencyState::Unhealthy,
                ..
            } => BreakerState::ForcedOpen,
            State::Forced { .. } => BreakerState::ForcedClosed,
        }
    }

    /// Returns the state as the next call would find it: a breaker whose cooldown is over is not
    /// open any more.
    pub(crate) fn breaker_state(&self, now: Instant) -> BreakerState {
        match self.state {
            State::Open { until } if now >= until => BreakerState::HalfOpen,
            _ => self.breaker_state_as_stored(),
        }
    }

    pub(crate) fn dependency_state(&self, now: Instant) -> DependencyState {
        match self.state {
            State::Closed {
                failures: 0,
                suspected: false,
                slow: false,
            } => DependencyState::Healthy,
            State::Closed { .. } | State::HalfOpen { .. } => DependencyState::Degraded,
            State::Open { until } if now >= until => DependencyState::Degraded,
            State::Open { .. } => DependencyState::Unhealthy,
            State::Forced {
                reported, until, ..
            } if now < until => reported,
            // Expired, and nobody has come by yet: what `expire` will make of it.
            State::Forced {
                reported: DependencyState::Unhealthy,
                ..
            } => DependencyState::Degraded,
            State::Forced { .. } => DependencyState::Healthy,
        }
    }

    pub(crate) fn policy(&self) -> &BreakerPolicy {
        &self.policy
    }

    pub(crate) fn settle_times(&self) -> Settle {
        self.settle.times()
    }

    pub(crate) const fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) const fn failures(&self) -> u32 {
        match self.state {
            State::Closed { failures, .. } => failures,
            _ => 0,
        }
    }

    /// Returns the number of the present streak of failures, which ends with a success or a change
    /// of state.
    pub(crate) const fn streak(&self) -> u64 {
        self.streak
    }

    /// Returns when the cooldown or the override ends.
    pub(crate) const fn until(&self) -> Option<Instant> {
        match self.state {
            State::Open { until } | State::Forced { until, .. } => Some(until),
            State::Closed { .. } | State::HalfOpen { .. } => None,
        }
    }

    pub(crate) fn forced_by(&self) -> Option<&Override> {
        match &self.state {
            State::Forced { why, .. } => Some(why),
            _ => None,
        }
    }

    pub(crate) const fn entered(&self) -> Instant {
        self.entered
    }

    /// Returns the next cooldown's length before jitter, or the present one's while open.
    pub(crate) fn cooldown(&self, now: Instant) -> Duration {
        match self.state {
            State::Open { .. } => self.last_cooldown,
            State::HalfOpen { .. } => self.policy.backoff.base(self.level.saturating_add(1)),
            State::Closed { .. } | State::Forced { .. } => {
                let healthy = now.saturating_duration_since(self.entered);
                self.policy
                    .backoff
                    .base(self.policy.backoff.decayed(self.level, healthy))
            }
        }
    }
}

/// Whether a reported trial was admitted, and so holds a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Held,
    None,
}
