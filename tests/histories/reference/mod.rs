//! The model: what the design says, in plain structs, slow and obvious.
//!
//! It knows no words, locks, shards, journals or versions. Times are spans since the history began.
//! Where chance decides, it holds the span in which the answer has to lie, until it is told.
//!
//! - [`breaker`]: one dependency: transitions, evidence, trouble
//! - [`calls`]: calls over several dependencies and within each other
//! - [`blame`]: who is to blame for how a call ended
//! - [`gate`]: whether something may be destroyed now
//! - [`budget`]: how much of it

mod blame;
mod breaker;
mod budget;
mod calls;
mod gate;

use std::time::Duration;

pub(crate) use self::breaker::{Asker, Dependency, State};
use self::breaker::{Flying, Report};
pub(crate) use self::calls::{Came, Flight};
use self::gate::Gate;
use crate::event::{Command, History};
use crate::functions::NAMES;
use crate::moody::{Ended, Noted};
use health_runtime::{Criticality, DependencyState, FailureKind};

/// Time since the history began.
pub(crate) type Time = Duration;

/// Between these two, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) earliest: Time,
    pub(crate) latest: Time,
}

impl Span {
    pub(crate) const fn exactly(time: Time) -> Self {
        Self {
            earliest: time,
            latest: time,
        }
    }
}

const TICK: Duration = Duration::from_secs(1);
/// A tick that is so late says that the process did not run.
const SLEPT: Duration = Duration::from_secs(6);
/// Up to here a late tick does not move those that follow.
const TOLERATED: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) now: Time,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) gate: Gate,
    last_tick: Time,
    next_tick: Time,
}

impl Reference {
    pub(crate) fn new(history: &History) -> Self {
        let dependencies = history
            .dependencies
            .iter()
            .map(|plan| Dependency::new(plan, &history.gate));
        Self {
            now: Time::ZERO,
            dependencies: dependencies.collect(),
            gate: Gate::new(history),
            last_tick: Time::ZERO,
            next_tick: TICK,
        }
    }

    /// Lets time pass up to a moment, with all ticks on time.
    pub(crate) fn pass_to(&mut self, time: Time) {
        while self.next_tick <= time {
            self.now = self.next_tick;
            self.tick();
        }
        self.now = self.now.max(time);
    }

    /// Lets the process sleep up to a moment.
    pub(crate) fn sleep_to(&mut self, time: Time) {
        self.now = self.now.max(time);
        if self.next_tick <= self.now {
            if self.now - self.last_tick > SLEPT {
                for dependency in &mut self.dependencies {
                    dependency.stood_still(self.last_tick, self.now);
                }
            }
            self.tick();
        }
    }

    fn tick(&mut self) {
        let late = self.now - self.next_tick;
        self.last_tick = self.now;
        self.next_tick = TICK
            + if late > TOLERATED {
                self.now
            } else {
                self.next_tick
            };
        for dependency in &mut self.dependencies {
            dependency.expire(self.now);
        }
    }

    /// What a look at the registry does: it ends what is over.
    pub(crate) fn look(&mut self) {
        for dependency in &mut self.dependencies {
            dependency.expire(self.now);
        }
    }

    pub(crate) fn system(&self) -> DependencyState {
        let state = |dependency: &Dependency| match dependency.criticality {
            Criticality::Critical => dependency.state(self.now),
            _ => dependency.state(self.now).min(DependencyState::Degraded),
        };
        let worst = self.dependencies.iter().map(state).max();
        worst.unwrap_or(DependencyState::Healthy)
    }

    pub(crate) fn command(&mut self, dependency: usize, command: Command) {
        let now = self.now;
        let dependency = &mut self.dependencies[dependency];
        match command {
            Command::ForceOpen(lasts) => {
                dependency.force(DependencyState::Unhealthy, lasts, now);
            }
            Command::ForceClosed(lasts) => dependency.force(DependencyState::Healthy, lasts, now),
            Command::SetState(state, lasts) => dependency.force(state, lasts, now),
            Command::Reset => dependency.reset(now),
        }
        dependency.expire(now);
    }

    pub(crate) fn report(&mut self, dependency: usize, failed: bool) {
        let report = if failed {
            Report::failure(FailureKind::Error)
        } else {
            Report::Success
        };
        self.dependencies[dependency].report(report, self.now);
    }

    /// Takes in what a probe has written down. Says what is wrong with it, if anything is.
    pub(crate) fn probe(&mut self, index: usize, what: &Noted) -> Result<(), String> {
        let now = self.now;
        let name = NAMES[index];
        let dependency = &mut self.dependencies[index];
        match what {
            Noted::Asked => {
                if dependency.flying.is_some() {
                    return Err(format!("two probes of {name} at the same time"));
                }
                dependency.expire(now);
                if let State::Open { until } = dependency.breaker
                    && now < until.earliest
                {
                    return Err(format!("{name} was probed before {until:?}, at {now:?}"));
                }
                if let Err(refusal) = dependency.verdict(Asker::Probe, now) {
                    return Err(format!("{name} was probed in spite of {refusal:?}"));
                }
                let ticket = dependency.admit(index, now);
                dependency.flying = Some(Flying {
                    ticket,
                    voids: dependency.voids,
                    since: now,
                });
            }
            Noted::Ended(how) => {
                let Some(flying) = dependency.flying.take() else {
                    return Err(format!("a probe of {name} ended that never began"));
                };
                let proven = dependency.probe_ended(flying, how, now)?;
                self.gate.landed(index, proven);
            }
        }
        Ok(())
    }
}

impl Ended {
    /// The kind of failure that it is, if it is one.
    fn failure(&self) -> Option<FailureKind> {
        match self {
            Self::Answered(_) => None,
            Self::Failed => Some(FailureKind::Probe),
            Self::Panicked => Some(FailureKind::Panic),
            Self::Stopped => Some(FailureKind::Timeout),
        }
    }
}
