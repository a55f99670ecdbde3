//! What can be asked of a breaker. Nothing here changes its state.

use std::time::{Duration, Instant};

use super::{Machine, State};
use crate::breaker::config::{BreakerMode, BreakerPolicy};
use crate::breaker::forced::Override;
use crate::breaker::rates::Reading;
use crate::breaker::record::Settle;
use crate::breaker::word::{Phase, Word};
use crate::state::{BreakerState, DependencyState};

impl Machine {
    /// Whether a background probe is the trial.
    pub(crate) const fn is_probed(&self) -> bool {
        self.probed
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

    pub(super) fn breaker_state_as_stored(&self) -> BreakerState {
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
