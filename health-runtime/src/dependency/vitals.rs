//! How a dependency is doing, for those who have to decide: the gate, the schedule of probes, people.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Entry;
use super::health::{DependencyHealth, LastError};
use crate::breaker::{Asker, BreakerMode, Refusal, Unsettled};
use crate::span::Short;
use crate::state::{BreakerState, DependencyState};

/// What the gate looks at.
#[derive(Debug, Clone)]
pub(crate) struct Vitals {
    pub(crate) state: DependencyState,
    pub(crate) epoch: u64,
    pub(crate) forced: bool,
    pub(crate) proof_age: Option<Duration>,
    pub(crate) last_success_age: Option<Duration>,
    pub(crate) failures: u32,
    pub(crate) last_failure: Option<LastError>,
    pub(crate) unsettled: Option<Unsettled>,
    pub(crate) went_bad_age: Option<Duration>,
    pub(crate) retry_after: Duration,
}

/// What the schedule of probes looks at.
#[derive(Debug, Clone)]
pub(crate) struct Probing {
    pub(crate) breaker: BreakerState,
    pub(crate) is_degraded: bool,
    /// When the cooldown ends.
    pub(crate) until: Option<Instant>,
    pub(crate) every: Duration,
    /// When something last proved the dependency healthy. For one that says who it is, only a
    /// probe does.
    pub(crate) proof: Option<Instant>,
}

/// What loops and degradation levels look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) state: DependencyState,
    /// As the next call would find it: half-open once the cooldown is over.
    pub(crate) breaker: BreakerState,
    /// What the rules would say to a call.
    pub(crate) refusal: Option<Refusal>,
    /// Whether the refusal would be carried out, and is not only observed.
    pub(crate) is_enforced: bool,
    pub(crate) is_forced: bool,
    /// A background probe finds out how the dependency is doing: no call has to.
    pub(crate) is_probed: bool,
    /// When the cooldown or the override ends.
    pub(crate) until: Option<Instant>,
    pub(crate) epoch: u64,
}

impl Standing {
    /// Whether the dependency was given up and has not been shown to be back since: its breaker is
    /// open, or was and waits for a trial.
    pub(crate) const fn is_out(&self) -> bool {
        match self.breaker {
            BreakerState::Open | BreakerState::HalfOpen | BreakerState::ForcedOpen => true,
            BreakerState::Closed | BreakerState::ForcedClosed => false,
        }
    }

    /// Whether only a call can show that the dependency is well: as the trial past a cooldown, or as
    /// the success that ends a row of failures. Not where a probe does that, or an operator has
    /// spoken.
    pub(crate) fn awaits_call(&self) -> bool {
        let is_suspect = self.breaker == BreakerState::Closed
            && self.state != DependencyState::Healthy
            && !self.is_probed;
        // Where a probe is the trial, the rules refuse a call for as long as it makes use of that.
        self.refusal.is_none() && (self.is_out() || is_suspect)
    }
}

impl Entry {
    /// Changes nothing, and tells nobody: an override that is over is seen as such, not ended.
    pub(crate) fn standing(&self, now: Instant) -> Standing {
        let machine = self.lock();
        Standing {
            state: machine.dependency_state(now),
            breaker: machine.breaker_state(now),
            refusal: machine.check(now, Asker::Call).err(),
            is_enforced: machine.pass_by().is_none(),
            is_forced: machine.forced_by().is_some(),
            is_probed: machine.is_probed(),
            until: machine.until(),
            epoch: machine.epoch(),
        }
    }

    pub(crate) fn vitals(&self) -> Vitals {
        self.change(|_, _| [None]);
        let now = self.context().now();
        let machine = self.lock();
        let age = |at: Instant| now.saturating_duration_since(at);
        let record = &machine.record;
        Vitals {
            state: machine.dependency_state(now),
            epoch: machine.epoch(),
            forced: machine.forced_by().is_some(),
            proof_age: record.proof().map(age),
            last_success_age: record.last_success().map(age),
            failures: machine.failures(),
            last_failure: record.last_failure().map(|failure| LastError {
                kind: failure.kind,
                message: Arc::clone(&failure.message),
                age: age(failure.at),
            }),
            unsettled: record.unsettled(now, machine.settle_times()),
            went_bad_age: record.went_bad().map(age),
            retry_after: machine
                .check(now, Asker::Call)
                .err()
                .map_or(Duration::ZERO, |r| r.retry_after),
        }
    }

    pub(crate) fn health(&self) -> DependencyHealth {
        let vitals = self.vitals();
        let criticality = self.criticality();
        let now = self.context().now();
        let mut machine = self.lock();
        // Where no ticker runs, whoever asks lets the next success be stamped.
        machine.tick(now);
        let refusal = machine.check(now, Asker::Call).err();
        let refusal = refusal.filter(|_| machine.pass_by().is_none());
        DependencyHealth {
            name: self.name().as_str(),
            criticality,
            state: vitals.state,
            breaker: machine.breaker_state(now),
            epoch: machine.epoch(),
            since: now.saturating_duration_since(machine.entered()),
            consecutive_failures: vitals.failures,
            last_error: vitals.last_failure,
            last_success: vitals.last_success_age,
            open_until: machine.until(),
            backoff: machine.cooldown(now),
            refusal: refusal.map(|refusal| refusal.reason),
            retry_after: refusal.map_or(Duration::ZERO, |refusal| refusal.retry_after),
            identity: machine.record.identity().cloned(),
            forced_by: machine.forced_by().cloned(),
            refusals: self.refusals(),
        }
    }

    /// What the schedule of probes looks at.
    pub(crate) fn probing(&self) -> Probing {
        let every = self.settings.lock().probe_every;
        let now = self.context().now();
        let machine = self.lock();
        Probing {
            breaker: machine.breaker_state(now),
            is_degraded: machine.dependency_state(now) != DependencyState::Healthy,
            until: machine.until(),
            every,
            proof: machine.record.proof(),
        }
    }

    /// Says in numbers why the breaker has or has not tripped.
    pub(crate) fn explain(&self) -> String {
        let health = self.health();
        let (policy, rates, had_slow_call) = {
            let mut machine = self.lock();
            let now = self.context().now();
            let rates = machine.rates(now);
            (machine.policy().clone(), rates, machine.had_slow_call())
        };
        let mut text = format!(
            "{} is {}, breaker {}",
            self.name(),
            health.state,
            health.breaker
        );
        let push = |text: &mut String, part: String| {
            text.push_str("; ");
            text.push_str(&part);
        };
        match policy.consecutive {
            Some(threshold) => push(
                &mut text,
                format!(
                    "{} of {threshold} failures in a row",
                    health.consecutive_failures
                ),
            ),
            None if rates.is_empty() => push(&mut text, "no trip rule".into()),
            None => {}
        }
        for rate in rates {
            let is_counted = health.breaker == BreakerState::Closed;
            push(
                &mut text,
                if is_counted {
                    rate.to_string()
                } else {
                    rate.rule()
                },
            );
        }
        if had_slow_call {
            push(
                &mut text,
                "a call was slow, and none was quick since".into(),
            );
        }
        if let Some(error) = &health.last_error {
            push(
                &mut text,
                format!(
                    "last failure {} ago: {} ({})",
                    Short(error.age),
                    error.message,
                    error.kind
                ),
            );
        }
        match health.last_success {
            Some(age) => push(&mut text, format!("last success {} ago", Short(age))),
            None => push(&mut text, "no success yet".into()),
        }
        if let Some(reason) = health.refusal {
            let wait = Short(health.retry_after);
            push(
                &mut text,
                format!("calls are refused ({reason}), next one in {wait}"),
            );
        }
        if let Some(why) = &health.forced_by {
            push(
                &mut text,
                format!("forced by {}: {}", why.actor(), why.reason()),
            );
        }
        if policy.mode != BreakerMode::Enforce {
            push(
                &mut text,
                format!("mode {:?}: nothing is refused", policy.mode),
            );
        }
        text
    }
}
