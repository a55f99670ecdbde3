//! Whether something may be destroyed now: only on positive, fresh proof.

use std::time::Duration;

use health_runtime::{
    BypassRule, Criticality, Decision, DenyAt, DependencyState, GateMode, GatePolicy, Preflight,
};

use super::breaker::Grade;
use super::budget::Budget;
use super::{Dependency, Reference, Span, Time};
use crate::event::{Destruction, History};

#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) policy: GatePolicy,
    sweep: Operation,
    scrub: Operation,
    /// The probes that ended since this was asked last, and whether they proved anything.
    landings: Vec<(usize, bool)>,
    /// Of which dependencies a probe was on its way when the gate was asked last.
    on_their_way: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct Operation {
    mode: GateMode,
    bypass: BypassRule,
    /// What it needs beside everything critical.
    needs: Option<usize>,
    pub(crate) budget: Option<Budget>,
}

/// What came of asking.
#[derive(Debug, Clone)]
pub(crate) struct Destroyed {
    pub(crate) decision: Decision,
    /// The reasons of the gate, sorted.
    pub(crate) codes: Vec<&'static str>,
    pub(crate) budget_left: Option<u32>,
    /// Its permit refuses nothing any more.
    pub(crate) is_waived: bool,
    pub(crate) holds_a_place: bool,
}

/// One reason not to go ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Veto {
    code: &'static str,
    /// For a lack of evidence: there was some in this epoch.
    has_aged: bool,
}

impl Veto {
    const fn of(code: &'static str) -> Self {
        Self {
            code,
            has_aged: false,
        }
    }
}

impl Gate {
    pub(crate) fn new(history: &History) -> Self {
        let policy = history.gate.clone();
        Self {
            sweep: Operation {
                mode: history.mode.unwrap_or(policy.mode),
                bypass: history.bypass,
                needs: None,
                budget: Some(Budget::new(3, Duration::from_secs(60))),
            },
            scrub: Operation {
                mode: policy.mode,
                bypass: BypassRule::Allow,
                needs: Some(2),
                budget: None,
            },
            policy,
            landings: Vec::new(),
            on_their_way: Vec::new(),
        }
    }

    pub(crate) fn operation(&mut self, which: Destruction) -> &mut Operation {
        match which {
            Destruction::Sweep { .. } => &mut self.sweep,
            Destruction::Scrub => &mut self.scrub,
        }
    }

    pub(crate) fn landed(&mut self, dependency: usize, proven: bool) {
        self.landings.push((dependency, proven));
    }
}

impl Reference {
    /// The dependencies that have to be proven healthy.
    fn witnesses(&mut self, which: Destruction) -> Vec<usize> {
        let needs = self.gate.operation(which).needs;
        let all = self.dependencies.iter().enumerate();
        all.filter(|(index, dependency)| {
            dependency.criticality == Criticality::Critical || needs == Some(*index)
        })
        .map(|(index, _)| index)
        .collect()
    }

    fn witness_vetoes(&self, dependency: &Dependency) -> Vec<Veto> {
        let (policy, now) = (&self.gate.policy, self.now);
        let state = dependency.state(now);
        let denies = match policy.deny_at {
            DenyAt::Unhealthy => state == DependencyState::Unhealthy,
            _ => state != DependencyState::Healthy,
        };
        if denies {
            return vec![Veto::of("state")];
        }
        if dependency.is_forced() {
            return vec![Veto::of("forced")];
        }
        let mut vetoes = Vec::new();
        let max_age = policy.max_evidence_age.expect("the plans here have one");
        let is_fresh = |at: Time| now - at < max_age;
        match dependency.proof() {
            Some(Span { earliest, .. }) if is_fresh(earliest) => {}
            Some(_) => vetoes.push(Veto {
                has_aged: true,
                ..Veto::of("no_evidence")
            }),
            None => vetoes.push(Veto::of("no_evidence")),
        }
        // Whoever tolerates failures tolerates their echo.
        match dependency.unsettled(now) {
            Some(Grade::Failure) if policy.deny_at == DenyAt::Unhealthy => {}
            Some(Grade::NewIdentity) => vetoes.push(Veto::of("new_identity")),
            Some(_) => vetoes.push(Veto::of("settling")),
            None => {}
        }
        vetoes
    }

    /// At least three dependencies, or a third of all, went bad within one settle time.
    fn suspects_itself(&self) -> bool {
        let all = self.dependencies.len();
        let went_bad = |dependency: &&Dependency| {
            let disturbance = dependency.disturbance;
            disturbance.is_some_and(|it| self.now - it.began < self.gate.policy.settle)
        };
        self.dependencies.iter().filter(went_bad).count() >= 3.max(all.div_ceil(3))
    }

    fn vetoes(&mut self, which: Destruction) -> Vec<Veto> {
        let witnesses = self.witnesses(which);
        let mut vetoes = Vec::new();
        if witnesses.is_empty() {
            vetoes.push(Veto::of("no_witness"));
        }
        if self.suspects_itself() {
            vetoes.push(Veto::of("observer_suspect"));
        }
        for index in witnesses {
            vetoes.extend(self.witness_vetoes(&self.dependencies[index]));
        }
        vetoes
    }

    /// Which dependencies are probed before the gate decides, by the one thing that they lack.
    pub(crate) fn preflight(&mut self, which: Destruction) -> Vec<usize> {
        self.gate.landings.clear();
        let all = self.dependencies.iter().enumerate();
        let flying = all.filter(|(_, dependency)| dependency.flying.is_some());
        self.gate.on_their_way = flying.map(|(index, _)| index).collect();
        let operation = self.gate.operation(which);
        let (mode, is_allowed) = (operation.mode, operation.bypass == BypassRule::Allow);
        let is_confirmed = which == Destruction::Sweep { confirmed: true } && is_allowed;
        let is_hopeless = self.suspects_itself();
        if mode == GateMode::Off || is_confirmed || is_hopeless {
            return Vec::new();
        }
        let always = self.gate.policy.preflight == Preflight::Always;
        let mut wanted = Vec::new();
        for index in self.witnesses(which) {
            let vetoes = self.witness_vetoes(&self.dependencies[index]);
            let lacks_freshness = matches!(&*vetoes, [only] if only.code == "no_evidence");
            if !vetoes.is_empty() && !lacks_freshness {
                return Vec::new();
            }
            if always || lacks_freshness {
                wanted.push(index);
            }
        }
        wanted
    }

    /// Asks the gate, after the probes of `wanted` have ended or taken too long.
    pub(crate) fn destroy(&mut self, which: Destruction, wanted: &[usize]) -> Destroyed {
        let now = self.now;
        self.look();
        let mut vetoes = self.vetoes(which);
        if self.gate.policy.preflight == Preflight::Always {
            let landings = std::mem::take(&mut self.gate.landings);
            for &index in wanted {
                let dependency = &self.dependencies[index];
                // What was on its way before the question is waited for, and answers another one.
                let early = usize::from(self.gate.on_their_way.contains(&index));
                let mut landed = landings.iter().filter(|(landed, _)| *landed == index);
                let landed = landed.nth(early);
                let is_proven = landed.is_some_and(|(_, proven)| *proven);
                let has_lost_it = dependency.has_probe && !is_proven;
                let lacks_only_proof = dependency.state(now) == DependencyState::Healthy
                    || self.gate.policy.deny_at == DenyAt::Unhealthy
                        && dependency.state(now) == DependencyState::Degraded;
                let had = self.witness_vetoes(dependency);
                let is_missed = had.iter().any(|veto| veto.code == "no_evidence");
                if has_lost_it && lacks_only_proof && !dependency.is_forced() && !is_missed {
                    // Asked for and not had: what was known before does not count.
                    vetoes.push(Veto::of("no_evidence"));
                }
            }
        }
        let operation = self.gate.operation(which);
        let (mode, is_allowed) = (operation.mode, operation.bypass == BypassRule::Allow);
        let is_confirmed = which == Destruction::Sweep { confirmed: true } && is_allowed;
        if mode == GateMode::Off {
            vetoes.clear();
        }
        let would_run = mode != GateMode::Enforce || vetoes.is_empty() || is_confirmed;
        let mut holds_a_place = false;
        if would_run
            && mode != GateMode::Off
            && let Some(budget) = &mut operation.budget
        {
            holds_a_place = budget.take(now);
            if !holds_a_place {
                vetoes.push(Veto::of("budget_exhausted"));
            }
        }
        let is_about_health = vetoes.iter().all(|veto| veto.code != "budget_exhausted");
        let decision = if vetoes.is_empty() {
            Decision::Allowed
        } else if mode != GateMode::Enforce {
            Decision::Observed
        } else if is_confirmed && is_about_health {
            Decision::Bypassed
        } else {
            Decision::Denied
        };
        let mut codes: Vec<&str> = vetoes.iter().map(|veto| veto.code).collect();
        codes.sort_unstable();
        Destroyed {
            decision,
            codes,
            budget_left: operation.budget.as_mut().map(|budget| budget.left(now)),
            is_waived: is_confirmed || mode != GateMode::Enforce,
            holds_a_place,
        }
    }

    /// What a permit says that is asked: nothing has gone bad since it was granted.
    pub(crate) fn may_go_on(&mut self, which: Destruction) -> bool {
        // That evidence has aged meanwhile is for a checkpoint.
        self.vetoes(which).iter().all(|veto| veto.has_aged)
    }

    pub(crate) fn destruction_ended(&mut self, which: Destruction, held_a_place: bool) {
        let now = self.now;
        if let Some(budget) = &mut self.gate.operation(which).budget
            && held_a_place
        {
            budget.end(now);
        }
    }
}
