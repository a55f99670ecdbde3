//! Nothing is destroyed without proof: told from the history alone, without the model.
//!
//! What is kept is what the test itself has done and seen: which calls failed and which succeeded,
//! what the probes answered, in which state and epoch each dependency showed itself. When the body
//! of a destructive function runs that nobody has confirmed, each of its dependencies must have
//! shown nothing bad within the settle time, and something good within the age of evidence.
//!
//! It takes for bad only what is bad without doubt: it may miss something, and is never wrong.

use std::time::Duration;

use health_runtime::{
    BreakerState, BypassRule, Criticality, DenyAt, DependencyHealth, GateMode, GatePolicy,
};

use crate::event::{Body, CallSpec, Destruction, Ending, History, Route};
use crate::functions::NAMES;
use crate::moody::{Ended, Noted};
use crate::reference::{Came, Time};
use crate::trouble::{Says, Told, Whose};

#[derive(Debug)]
pub(crate) struct Safety {
    gate: GatePolicy,
    sweep_mode: GateMode,
    bypass: BypassRule,
    is_critical: [bool; 4],
    seen: [Seen; 4],
    /// Counts the looks at the registry.
    looks: u64,
}

/// Something good: when it was, and after how many looks.
#[derive(Debug, Clone, Copy)]
struct Good {
    at: Time,
    looks: u64,
}

/// What was seen of one dependency.
#[derive(Debug, Default)]
struct Seen {
    /// As it was when it was looked at last.
    breaker: Option<BreakerState>,
    epoch: u64,
    /// When something of it failed last.
    failed: Option<Time>,
    /// When it was last seen to be open, half-open, forced, or somebody else.
    was_open: Option<Time>,
    /// When something last succeeded, in this epoch.
    succeeded: Option<Good>,
    /// Who answers, and when it last did.
    identity: Option<(String, Option<Good>)>,
    /// The epoch, from when on a probe was asked.
    asked: Option<u64>,
}

/// The epochs of all dependencies.
pub(crate) type Epochs = [u64; 4];

impl Safety {
    pub(crate) fn new(history: &History) -> Self {
        Self {
            gate: history.gate.clone(),
            sweep_mode: history.mode.unwrap_or(history.gate.mode),
            bypass: history.bypass,
            is_critical: std::array::from_fn(|index| {
                history.dependencies[index].criticality == Criticality::Critical
            }),
            seen: Default::default(),
            looks: 0,
        }
    }

    /// A look at the registry.
    pub(crate) fn look(&mut self, dependency: usize, health: &DependencyHealth, now: Time) {
        let seen = &mut self.seen[dependency];
        if health.breaker != BreakerState::Closed {
            seen.was_open = Some(now);
        }
        if health.epoch != seen.epoch {
            // What was shown before the change shows nothing after it; what brought the change about
            // has come since the last look.
            let is_new = |good: &Good| good.looks == self.looks;
            seen.succeeded = seen.succeeded.filter(is_new);
            if let Some((_, good)) = &mut seen.identity {
                *good = good.filter(is_new);
            }
        }
        seen.breaker = Some(health.breaker);
        seen.epoch = health.epoch;
    }

    /// All dependencies were looked at.
    pub(crate) fn looked(&mut self) {
        self.looks += 1;
    }

    fn good(&self, at: Time) -> Option<Good> {
        let looks = self.looks;
        Some(Good { at, looks })
    }

    fn is_closed(&self, dependency: usize) -> bool {
        self.seen[dependency].breaker == Some(BreakerState::Closed)
    }

    pub(crate) fn report(&mut self, dependency: usize, failed: bool, now: Time) {
        if failed && self.is_closed(dependency) {
            self.seen[dependency].failed = Some(now);
        }
        if !failed {
            self.seen[dependency].succeeded = self.good(now);
        }
    }

    /// In which epochs the dependencies were seen last.
    pub(crate) fn epochs(&self) -> Epochs {
        std::array::from_fn(|index| self.seen[index].epoch)
    }

    /// A call that began just now, and may have ended.
    pub(crate) fn call(&mut self, spec: &CallSpec, came: &Came, now: Time) {
        let began = self.epochs();
        match &spec.body {
            Body::Ends(ending) if !matches!(came, Came::Refused(_)) => {
                self.ended(spec.route, *ending, &began, now);
            }
            Body::Nests { inner, .. } => {
                // Whether the one within was let in, only the model knows.
                if matches!(inner.body, Body::Ends(ending) if proves(ending)) {
                    self.succeeded(inner.route, &began, now);
                }
                if is_success_of(spec.route, inner.route, came) {
                    self.succeeded(spec.route, &began, now);
                }
            }
            Body::GetsOver(calls) => {
                for &(route, ending) in calls.iter().filter(|(_, ending)| proves(*ending)) {
                    self.ended(route, ending, &began, now);
                }
                if *came == Came::Ok {
                    self.succeeded(spec.route, &began, now);
                }
            }
            _ => {}
        }
    }

    /// What a call that began in these epochs waited for is there: `within` it, or for itself.
    pub(crate) fn end(
        &mut self,
        spec: &CallSpec,
        within: bool,
        how: Ending,
        came: &Came,
        began: &Epochs,
        now: Time,
    ) {
        match &spec.body {
            Body::Nests { inner, .. } => {
                let route = if within { inner.route } else { spec.route };
                if proves(how) {
                    self.succeeded(route, began, now);
                }
                if is_success_of(spec.route, inner.route, came) {
                    self.succeeded(spec.route, began, now);
                }
            }
            _ => self.ended(spec.route, how, began, now),
        }
    }

    /// A call succeeded that began in these epochs.
    pub(crate) fn succeeded(&mut self, route: Route, began: &Epochs, now: Time) {
        let good = self.good(now);
        for &dependency in route.dependencies() {
            let seen = &mut self.seen[dependency];
            if began[dependency] == seen.epoch {
                seen.succeeded = good;
            }
        }
    }

    /// A call ended that has nothing within it.
    fn ended(&mut self, route: Route, how: Ending, began: &Epochs, now: Time) {
        let all = route.dependencies();
        let guilty: &[usize] = match how {
            how if proves(how) => {
                self.succeeded(route, began, now);
                &[]
            }
            Ending::Panic => all,
            Ending::Error(Told { says, whose }) if says.outcome().is_failure() => match whose {
                Whose::Unsaid => all,
                Whose::Of(index) => {
                    let place = all.iter().position(|it| *it == index);
                    place.map_or(&[], |place| &all[place..=place])
                }
                Whose::Stranger => &[],
            },
            Ending::Success | Ending::Error(_) => &[],
        };
        for &dependency in guilty {
            let is_present = began[dependency] == self.seen[dependency].epoch;
            if is_present && self.is_closed(dependency) {
                self.seen[dependency].failed = Some(now);
            }
        }
    }

    pub(crate) fn probe(&mut self, dependency: usize, what: &Noted, now: Time) {
        let is_closed = self.is_closed(dependency);
        let good = self.good(now);
        let seen = &mut self.seen[dependency];
        match what {
            Noted::Asked => seen.asked = Some(seen.epoch),
            Noted::Ended(Ended::Answered(identity)) => {
                seen.succeeded = good;
                if let Some(identity) = identity {
                    let known = seen.identity.replace((identity.clone(), good));
                    if known.is_some_and(|(known, _)| known != *identity) {
                        seen.was_open = Some(now);
                    }
                }
            }
            Noted::Ended(_) => {
                if is_closed && seen.asked == Some(seen.epoch) {
                    seen.failed = Some(now);
                }
            }
        }
    }

    /// The body of a destructive function runs.
    pub(crate) fn destroyed(&self, which: Destruction, now: Time) -> Result<(), String> {
        let (mode, is_confirmed) = match which {
            Destruction::Sweep { confirmed } => (
                self.sweep_mode,
                confirmed && self.bypass == BypassRule::Allow,
            ),
            Destruction::Scrub => (self.gate.mode, false),
        };
        if is_confirmed || mode != GateMode::Enforce {
            return Ok(());
        }
        // `scrub` names this one; it need not be critical.
        let is_named = |index| which == Destruction::Scrub && index == 2;
        let is_needed = |index: &usize| self.is_critical[*index] || is_named(*index);
        let witnesses: Vec<usize> = (0..self.seen.len()).filter(is_needed).collect();
        if witnesses.is_empty() {
            return Err("something was destroyed, and nobody was asked".to_owned());
        }
        for dependency in witnesses {
            self.may_be_relied_on(dependency, now).map_err(|why| {
                let seen = &self.seen[dependency];
                let name = NAMES[dependency];
                format!("something was destroyed at {now:?} although {name} {why}: {seen:?}")
            })?;
        }
        Ok(())
    }

    fn may_be_relied_on(&self, dependency: usize, now: Time) -> Result<(), &'static str> {
        let seen = &self.seen[dependency];
        let is_within = |at: Option<Time>, span: Duration| at.is_some_and(|at| now - at < span);
        let tolerates = self.gate.deny_at == DenyAt::Unhealthy;
        if !tolerates && is_within(seen.failed, self.gate.settle) {
            return Err("has just failed");
        }
        if is_within(seen.was_open, self.gate.settle_after_open) {
            return Err("was not closed, or was somebody else, a moment ago");
        }
        let age = self.gate.max_evidence_age.unwrap_or(Duration::MAX);
        let proven = match &seen.identity {
            Some((_, good)) => *good,
            None => seen.succeeded,
        };
        if !is_within(proven.map(|good| good.at), age) {
            return Err("has shown nothing good for too long");
        }
        Ok(())
    }
}

/// Whether a call that ended so has shown that its dependencies work.
fn proves(how: Ending) -> bool {
    match how {
        Ending::Success => true,
        Ending::Error(told) => told.says == Says::Answered,
        Ending::Panic => false,
    }
}

/// Whether what came of a call with another one within it is a success of the outer one, for which it has
/// to be judged: an error that means an answer, too, where the one within was a part of its trial and has
/// left the judgement to it.
fn is_success_of(outer: Route, inner: Route, came: &Came) -> bool {
    let is_part = || {
        let inner = inner.dependencies();
        outer.dependencies().iter().any(|it| inner.contains(it))
    };
    match came {
        Came::Ok => true,
        Came::Told(told) => proves(Ending::Error(*told)) && is_part(),
        Came::Nothing | Came::Refused(_) | Came::Panic => false,
    }
}
