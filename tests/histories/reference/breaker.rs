//! One dependency: when its breaker trips, opens and closes, what proves it healthy, and how long it
//! has been since it was not.

use std::collections::VecDeque;
use std::time::Duration;

use health_runtime::{
    BreakerMode, BreakerPolicy, BreakerState, Criticality, DependencyState, FailureKind,
    GatePolicy, Jitter, Reason, Window,
};

use super::{Span, Time};
use crate::event::DependencyPlan;
use crate::moody::Ended;

/// How long a probe may take: the default.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// Jitter is multiplied in floating point.
const ROUNDING: Duration = Duration::from_micros(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Closed {
        failures: u32,
        /// It may be to blame for something.
        suspected: bool,
        /// A call was slow, and none was quick since.
        slow: bool,
    },
    Open {
        until: Span,
    },
    HalfOpen {
        successes: u32,
        in_flight: u32,
        lease: Time,
    },
    Forced {
        to: DependencyState,
        until: Time,
    },
}

const SOUND: State = State::Closed {
    failures: 0,
    suspected: false,
    slow: false,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    Call,
    Probe,
}

/// What a call was let in as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Call,
    Trial,
    /// An operator lets everything pass, or the rules are only observed: it proves nothing.
    Bystander,
    /// It belongs to a trial of the same dependency that is running.
    Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) dependency: usize,
    pub(crate) epoch: u64,
    pub(crate) role: Role,
}

/// How a call counts for one dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    Success,
    Failure {
        kind: FailureKind,
        /// It is this one that failed, and not one of several.
        certain: bool,
        wish: Option<Duration>,
    },
    Nothing,
}

impl Report {
    pub(crate) const fn failure(kind: FailureKind) -> Self {
        Self::Failure {
            kind,
            certain: true,
            wish: None,
        }
    }
}

/// Keeps the last calls. Says whether enough of them are bad, of as many as there must be.
fn slide(calls: &mut VecDeque<bool>, bad: bool, window: Window, rate: f64, min: u32) -> bool {
    let Window::Calls(size) = window else {
        unreachable!("the windows here are of calls");
    };
    calls.push_back(bad);
    while calls.len() > size as usize {
        calls.pop_front();
    }
    let bad = calls.iter().filter(|bad| **bad).count();
    calls.len() >= min as usize && bad as f64 / calls.len() as f64 >= rate
}

/// A probe on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flying {
    pub(crate) ticket: Ticket,
    pub(crate) voids: u32,
    pub(crate) since: Time,
}

/// What disturbed a dependency, from light to grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    Failure,
    WasOpen,
    NewIdentity,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Disturbance {
    pub(crate) grade: Grade,
    /// When health was lost.
    pub(crate) began: Time,
    /// Since when it has been healthy again.
    pub(crate) over_since: Option<Time>,
}

#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) policy: BreakerPolicy,
    pub(crate) timeout: Option<Duration>,
    pub(crate) criticality: Criticality,
    pub(crate) has_probe: bool,
    pub(crate) breaker: State,
    pub(crate) epoch: u64,
    level: u32,
    since: Time,
    not_before: Option<Time>,
    /// Of the last calls since it closed, whether each failed, and whether each was slow.
    failed: VecDeque<bool>,
    were_slow: VecDeque<bool>,
    pub(crate) last_failure: Option<(FailureKind, Time)>,
    pub(crate) last_success: Option<Span>,
    /// The last success of this epoch.
    proof: Option<Span>,
    /// Who answers, and when it last did in this epoch.
    pub(crate) identity: Option<(String, Option<Time>)>,
    pub(crate) disturbance: Option<Disturbance>,
    settle: Duration,
    settle_after_open: Duration,
    pub(crate) refusals: u64,
    pub(crate) voids: u32,
    pub(crate) flying: Option<Flying>,
}

impl Dependency {
    pub(crate) fn new(plan: &DependencyPlan, gate: &GatePolicy) -> Self {
        Self {
            policy: plan.breaker.clone(),
            timeout: plan.timeout,
            criticality: plan.criticality,
            has_probe: plan.probe.is_some(),
            breaker: SOUND,
            epoch: 0,
            level: 0,
            since: Time::ZERO,
            not_before: None,
            failed: VecDeque::new(),
            were_slow: VecDeque::new(),
            last_failure: None,
            last_success: None,
            proof: None,
            identity: None,
            disturbance: None,
            settle: gate.settle,
            settle_after_open: gate.settle_after_open,
            refusals: 0,
            voids: 0,
            flying: None,
        }
    }

    fn enter(&mut self, state: State, now: Time) {
        self.breaker = state;
        self.epoch += 1;
        self.since = now;
        self.failed.clear();
        self.were_slow.clear();
        self.forget_proof();
    }

    fn forget_proof(&mut self) {
        self.proof = None;
        if let Some((_, proof)) = &mut self.identity {
            *proof = None;
        }
    }

    /// The process did not run from `since` on: nothing that was known is proof, and a settle time that
    /// had begun, and was not over by then, begins anew.
    pub(crate) fn stood_still(&mut self, since: Time, now: Time) {
        self.voids += 1;
        self.forget_proof();
        let is_unsettled = self.unsettled(since).is_some();
        if let Some(disturbance) = &mut self.disturbance
            && is_unsettled
            && disturbance.over_since.is_some()
        {
            disturbance.over_since = Some(now);
        }
    }

    /// An override whose time is over ends.
    pub(crate) fn expire(&mut self, now: Time) {
        let State::Forced { to, until } = self.breaker else {
            return;
        };
        if now < until {
            return;
        }
        if to == DependencyState::Unhealthy {
            // Nothing was shown while calls were refused: as after a cooldown.
            let until = Span::exactly(now);
            self.enter(State::Open { until }, now);
        } else {
            self.recovered(now);
            self.enter(SOUND, now);
        }
    }

    fn waits_for(&self, until: Time, now: Time) -> Duration {
        (until - now).min(self.policy.backoff.initial)
    }

    /// Whether one more would be let in, by the rules.
    pub(crate) fn verdict(&self, asker: Asker, now: Time) -> Result<(), (Reason, Duration)> {
        let is_call = asker == Asker::Call;
        match self.breaker {
            State::Closed { .. } => Ok(()),
            // A probe may be the one who finds out when the cooldown ended.
            State::Open { until } if is_call && now < until.latest => {
                Err((Reason::CircuitOpen, until.latest - now))
            }
            State::Open { until } if now < until.earliest => {
                Err((Reason::CircuitOpen, until.earliest - now))
            }
            State::Open { until } => {
                let turn_of_the_probe = until.latest + self.policy.trial_lease;
                if is_call && self.has_probe && now < turn_of_the_probe {
                    Err((
                        Reason::TrialInFlight,
                        self.waits_for(turn_of_the_probe, now),
                    ))
                } else {
                    Ok(())
                }
            }
            State::HalfOpen {
                in_flight, lease, ..
            } => {
                let is_full = in_flight >= self.policy.max_trials;
                if now < lease && (is_full || (is_call && self.has_probe)) {
                    Err((Reason::TrialInFlight, self.waits_for(lease, now)))
                } else {
                    Ok(())
                }
            }
            State::Forced { to, until } => {
                if is_call && to == DependencyState::Unhealthy {
                    Err((Reason::ForcedOpen, until - now))
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Whether a call passes that the rules would refuse.
    pub(crate) fn passes_all(&self) -> bool {
        match self.policy.mode {
            BreakerMode::Observe => true,
            // Off is off for the rules, not for an operator.
            BreakerMode::Off => !matches!(self.breaker, State::Forced { .. }),
            _ => false,
        }
    }

    /// Lets one in that the rules have nothing against.
    pub(crate) fn admit(&mut self, dependency: usize, now: Time) -> Ticket {
        match self.breaker {
            State::Open { .. } => self.half_open(now),
            // Whoever is past the lease has lost its place, and its say.
            State::HalfOpen {
                lease, in_flight, ..
            } if now >= lease && in_flight > 0 => self.half_open(now),
            _ => {}
        }
        let role = match &mut self.breaker {
            State::HalfOpen {
                in_flight, lease, ..
            } => {
                *in_flight += 1;
                *lease = now + self.policy.trial_lease;
                Role::Trial
            }
            State::Forced { .. } => Role::Bystander,
            State::Closed { .. } | State::Open { .. } => Role::Call,
        };
        self.ticket(dependency, role)
    }

    pub(crate) const fn ticket(&self, dependency: usize, role: Role) -> Ticket {
        Ticket {
            dependency,
            epoch: self.epoch,
            role,
        }
    }

    fn half_open(&mut self, now: Time) {
        let half_open = State::HalfOpen {
            successes: 0,
            in_flight: 0,
            lease: now + self.policy.trial_lease,
        };
        self.enter(half_open, now);
    }

    /// Takes in how an admitted call ended, and how long it took if that is known. One of an older
    /// epoch says nothing.
    pub(crate) fn settle(
        &mut self,
        ticket: Ticket,
        report: Report,
        took: Option<Duration>,
        now: Time,
    ) {
        self.expire(now);
        if ticket.epoch != self.epoch {
            return;
        }
        match ticket.role {
            Role::Call => self.hear(report, took, now),
            Role::Trial => {
                if let State::HalfOpen { in_flight, .. } = &mut self.breaker {
                    *in_flight -= 1;
                }
                self.hear(report, took, now);
            }
            Role::Bystander | Role::Part => self.note_failure(report, now),
        }
    }

    /// Takes in what is recorded by hand: past the cooldown it is a trial.
    pub(crate) fn report(&mut self, report: Report, now: Time) {
        match self.breaker {
            State::Open { until } if now >= until.latest => {
                self.half_open(now);
                self.hear(report, None, now);
            }
            State::Closed { .. } | State::HalfOpen { .. } => self.hear(report, None, now),
            State::Open { .. } | State::Forced { .. } => self.note_failure(report, now),
        }
    }

    fn note_failure(&mut self, report: Report, now: Time) {
        if let Report::Failure { kind, .. } = report {
            self.last_failure = Some((kind, now));
        }
    }

    fn hear(&mut self, report: Report, took: Option<Duration>, now: Time) {
        let rule = self.policy.slow_call_rate;
        let is_slow = rule.is_some_and(|rule| took.is_some_and(|took| took >= rule.slower_than));
        self.note_failure(report, now);
        if let Report::Failure {
            wish: Some(wish), ..
        } = report
        {
            let wish = now + wish.min(self.policy.retry_after_max);
            self.not_before = Some(self.not_before.map_or(wish, |known| known.max(wish)));
        }
        match self.breaker {
            State::Closed { .. } => self.hear_call(report, is_slow, now),
            State::HalfOpen { .. } => self.hear_trial(report, is_slow, now),
            State::Open { .. } | State::Forced { .. } => unreachable!("nobody was let in"),
        }
    }

    fn hear_call(&mut self, report: Report, is_slow: bool, now: Time) {
        let State::Closed {
            failures,
            suspected,
            slow,
        } = &mut self.breaker
        else {
            unreachable!("it is closed");
        };
        let failed = match report {
            Report::Nothing => return,
            Report::Success => {
                // A slow success ends a row of failures, and proves that it works.
                (*failures, *suspected, *slow) = (0, false, is_slow);
                self.succeeded(now);
                if is_slow {
                    self.disturb(Grade::Failure, now);
                } else {
                    self.recovered(now);
                }
                false
            }
            Report::Failure { certain, .. } => {
                if certain {
                    *failures += 1;
                } else {
                    *suspected = true;
                }
                *slow |= is_slow;
                self.disturb(Grade::Failure, now);
                certain
            }
        };
        let limit = self.policy.consecutive;
        let in_a_row = failed && limit.is_some_and(|limit| self.failures() >= limit);
        let by_rate = self.count(failed, is_slow);
        if (in_a_row || by_rate) && self.policy.mode != BreakerMode::Off {
            self.level = self.decayed_level(now);
            self.open(now);
        }
    }

    /// Counts a call. Says whether too large a part of the last ones was as this one.
    fn count(&mut self, failed: bool, slow: bool) -> bool {
        let mut trips = false;
        if let Some(rule) = self.policy.failure_rate {
            let met = slide(
                &mut self.failed,
                failed,
                rule.window,
                rule.rate,
                rule.min_calls,
            );
            trips |= failed && met;
        }
        if let Some(rule) = self.policy.slow_call_rate {
            let met = slide(
                &mut self.were_slow,
                slow,
                rule.window,
                rule.rate,
                rule.min_calls,
            );
            trips |= slow && met;
        }
        trips
    }

    fn hear_trial(&mut self, report: Report, is_slow: bool, now: Time) {
        match report {
            Report::Nothing => {}
            Report::Success if is_slow => self.open_again(now),
            Report::Success => {
                let State::HalfOpen { successes, .. } = &mut self.breaker else {
                    unreachable!("it is half-open");
                };
                *successes += 1;
                if *successes >= self.policy.success_threshold {
                    self.recovered(now);
                    self.enter(SOUND, now);
                }
                self.succeeded(now);
            }
            Report::Failure { certain: false, .. } => self.disturb(Grade::WasOpen, now),
            Report::Failure { certain: true, .. } => self.open_again(now),
        }
    }

    fn open_again(&mut self, now: Time) {
        // A level that waits no longer than the one before is none.
        let backoff = &self.policy.backoff;
        if backoff.base(self.level) < backoff.max {
            self.level += 1;
        }
        self.open(now);
    }

    fn open(&mut self, now: Time) {
        let base = self.policy.backoff.base(self.level);
        let shortest = match self.policy.backoff.jitter {
            Jitter::None => base,
            Jitter::Equal => base / 2,
            _ => base / 100,
        };
        let not_before = self.not_before.unwrap_or_default();
        let until = Span {
            earliest: (now + shortest).saturating_sub(ROUNDING).max(not_before),
            latest: (now + base + ROUNDING).max(not_before),
        };
        self.disturb(Grade::WasOpen, now);
        self.enter(State::Open { until }, now);
    }

    fn decayed_level(&self, now: Time) -> u32 {
        let healthy = now - self.since;
        let taken = healthy.as_nanos() / self.policy.backoff.decay.as_nanos();
        self.level.saturating_sub(taken as u32)
    }

    /// The length of the next cooldown before jitter; `None` while it is open.
    pub(crate) fn next_cooldown(&self, now: Time) -> Option<Duration> {
        let backoff = &self.policy.backoff;
        match self.breaker {
            State::Open { .. } => None,
            State::HalfOpen { .. } => Some(backoff.base(self.level + 1)),
            State::Closed { .. } | State::Forced { .. } => {
                Some(backoff.base(self.decayed_level(now)))
            }
        }
    }

    pub(crate) fn force(&mut self, to: DependencyState, lasts: Duration, now: Time) {
        // What is forced is no proof: when it ends, health has to be shown again.
        self.disturb(Grade::WasOpen, now);
        let until = now + lasts;
        self.enter(State::Forced { to, until }, now);
    }

    pub(crate) fn reset(&mut self, now: Time) {
        (self.level, self.not_before) = (0, None);
        self.recovered(now);
        self.enter(SOUND, now);
    }

    pub(crate) fn update(&mut self, policy: BreakerPolicy, timeout: Option<Duration>, now: Time) {
        let shape = |policy: &BreakerPolicy| policy.failure_rate.map(|rule| rule.window);
        if shape(&self.policy) != shape(&policy) {
            self.failed.clear();
        }
        let shape = |policy: &BreakerPolicy| {
            let rule = policy.slow_call_rate;
            rule.map(|rule| (rule.window, rule.slower_than))
        };
        if shape(&self.policy) != shape(&policy) {
            self.were_slow.clear();
        }
        (self.policy, self.timeout) = (policy, timeout);
        // Nobody asks any more how long a call takes.
        if self.policy.slow_call_rate.is_none()
            && let State::Closed { slow, .. } = &mut self.breaker
            && std::mem::take(slow)
            && self.breaker == SOUND
        {
            self.recovered(now);
        }
    }

    fn succeeded(&mut self, now: Time) {
        let earliest = match self.last_success {
            // Successes are stamped once a second.
            Some(_) if self.proof.is_some() => now.saturating_sub(Duration::from_secs(1)),
            _ => now,
        };
        let success = Span {
            earliest,
            latest: now,
        };
        self.last_success = Some(success);
        self.proof = Some(success);
    }

    /// Takes in when the last success was stamped, now that somebody has told.
    pub(crate) fn last_success_was(&mut self, at: Time) {
        let known = Some(Span::exactly(at));
        if self.proof.is_some() && self.proof == self.last_success {
            self.proof = known;
        }
        self.last_success = known;
    }

    fn disturb(&mut self, grade: Grade, now: Time) {
        let known = self.disturbance.filter(|_| self.unsettled(now).is_some());
        self.disturbance = Some(Disturbance {
            // What is not over yet, and was graver, stays the graver one.
            grade: known.map_or(grade, |known| known.grade.max(grade)),
            began: match known {
                Some(known) if known.over_since.is_none() => known.began,
                _ => now,
            },
            over_since: None,
        });
    }

    fn recovered(&mut self, now: Time) {
        if let Some(disturbance) = &mut self.disturbance {
            disturbance.over_since.get_or_insert(now);
        }
    }

    /// What keeps it from being settled, if anything does.
    pub(crate) fn unsettled(&self, now: Time) -> Option<Grade> {
        let disturbance = self.disturbance?;
        let needed = match disturbance.grade {
            Grade::Failure => self.settle,
            Grade::WasOpen | Grade::NewIdentity => self.settle_after_open,
        };
        let is_settled = disturbance
            .over_since
            .is_some_and(|since| now.saturating_sub(since) >= needed);
        (!is_settled).then_some(disturbance.grade)
    }

    /// When it was last proven healthy, in this epoch and by whoever answers there.
    pub(crate) fn proof(&self) -> Option<Span> {
        match &self.identity {
            Some((_, proof)) => proof.map(Span::exactly),
            None => self.proof,
        }
    }

    /// Takes in how a probe ended. Returns whether it proved anything.
    pub(crate) fn probe_ended(
        &mut self,
        flying: Flying,
        how: &Ended,
        now: Time,
    ) -> Result<bool, String> {
        self.expire(now);
        if *how == Ended::Stopped && now - flying.since != PROBE_TIMEOUT {
            let took = now - flying.since;
            return Err(format!("a probe was stopped after {took:?}"));
        }
        if let Some(kind) = how.failure() {
            self.settle(flying.ticket, Report::failure(kind), None, now);
            return Ok(false);
        }
        if self.voids != flying.voids {
            self.settle(flying.ticket, Report::Nothing, None, now);
            return Ok(false);
        }
        let Ended::Answered(identity) = how else {
            unreachable!("it is no failure");
        };
        let before = self.epoch;
        self.settle(flying.ticket, Report::Success, None, now);
        let is_late = flying.ticket.epoch != before;
        match identity {
            None => return Ok(self.identity.is_none()),
            Some(_) if is_late => {}
            Some(identity) => {
                let known = self.identity.replace((identity.clone(), Some(now)));
                if known.is_some_and(|(known, _)| known != *identity) {
                    let is_in_trouble = self.disturbance.is_some_and(|it| it.over_since.is_none());
                    self.disturb(Grade::NewIdentity, now);
                    if !is_in_trouble {
                        self.recovered(now);
                    }
                }
            }
        }
        Ok(true)
    }

    /// As the next call would find it.
    pub(crate) fn breaker_state(&self, now: Time) -> BreakerState {
        match self.breaker {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { until } if now < until.latest => BreakerState::Open,
            State::Open { .. } | State::HalfOpen { .. } => BreakerState::HalfOpen,
            State::Forced {
                to: DependencyState::Unhealthy,
                ..
            } => BreakerState::ForcedOpen,
            State::Forced { .. } => BreakerState::ForcedClosed,
        }
    }

    pub(crate) fn state(&self, now: Time) -> DependencyState {
        match self.breaker {
            State::Forced { to, until } if now < until => to,
            // It is over, and nobody has noticed: what will be made of it.
            State::Forced {
                to: DependencyState::Unhealthy,
                ..
            } => DependencyState::Degraded,
            State::Forced { .. } => DependencyState::Healthy,
            SOUND => DependencyState::Healthy,
            State::Open { until } if now < until.latest => DependencyState::Unhealthy,
            _ => DependencyState::Degraded,
        }
    }

    pub(crate) const fn failures(&self) -> u32 {
        match self.breaker {
            State::Closed { failures, .. } => failures,
            _ => 0,
        }
    }

    pub(crate) const fn is_forced(&self) -> bool {
        matches!(self.breaker, State::Forced { .. })
    }

    /// Whether a probe that runs in the background has nothing to find out, and has nothing left to do
    /// from when it had.
    pub(crate) fn leaves_its_probe_alone(&self, now: Time) -> bool {
        const WHILE_DEGRADED: Duration = Duration::from_secs(1);
        let is_over = |(_, at)| now - at > WHILE_DEGRADED;
        let is_quiet = self.breaker == SOUND && self.flying.is_none();
        !self.has_probe || (is_quiet && self.last_failure.is_none_or(is_over))
    }
}
