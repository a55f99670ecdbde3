//! Every state that the rules can get into, for small policies: none of them is a dead end.
//!
//! A breadth-first search over the pure machine. Time moves in ticks, of which every span of the
//! policies is a multiple; callers, probes, operators and the dependency do whatever they like at
//! each of them. Then, from every state that was reached: a dependency that answers is let back in
//! within a bounded number of ticks whoever asks and whatever hangs, nothing is refused for ever, no
//! place of a trial is lost, and the level of the backoff is gone after a bounded time of health.

mod canonical;

use std::collections::HashMap;

use super::*;
use crate::breaker::{FailureRate, SlowCallRate, Window};
use crate::error::Reason;

/// More states than this are no small policy any more.
const TOO_MANY: usize = 20_000;

/// How long an operator's override lasts, in ticks.
const OVERRIDE_TICKS: u32 = 2;

/// A policy, and who may do what while it is in force.
struct Plan {
    name: &'static str,
    policy: BreakerPolicy,
    tick: Duration,
    /// What chance may come up with.
    rolls: &'static [f64],
    operators: bool,
    by_hand: bool,
    /// A background probe may come, go and be the trial.
    probes: bool,
    /// The dependency may ask to be left alone.
    wishes: bool,
    /// How many calls may be on their way at once, beside those that nobody listens to any more.
    in_flight: usize,
}

impl Plan {
    fn new(name: &'static str, consecutive: u32, success_threshold: u32, max_trials: u32) -> Self {
        let policy = BreakerPolicy {
            consecutive: Some(consecutive),
            success_threshold,
            max_trials,
            trial_lease: 3 * SECOND,
            retry_after_max: 3 * SECOND,
            backoff: Backoff {
                initial: SECOND,
                multiplier: 2.0,
                max: 4 * SECOND,
                jitter: Jitter::None,
                decay: 2 * SECOND,
            },
            ..BreakerPolicy::default()
        };
        Self {
            name,
            policy,
            tick: SECOND,
            rolls: &[0.5],
            operators: false,
            by_hand: false,
            probes: false,
            wishes: false,
            in_flight: 2,
        }
    }

    fn ticks(&self, span: Duration) -> u32 {
        assert!(span.as_nanos().is_multiple_of(self.tick.as_nanos()));
        u32::try_from(span.as_nanos() / self.tick.as_nanos()).expect("spans are short here")
    }

    /// How many levels of the backoff wait longer than the one before.
    fn levels(&self) -> u32 {
        let backoff = &self.policy.backoff;
        let longer = |level: &u32| backoff.base(*level) < backoff.max;
        (0..).take_while(longer).count() as u32
    }

    /// The longest time for which anybody may have to wait for an answer other than no.
    fn longest_refusal(&self) -> u32 {
        let BreakerPolicy {
            backoff,
            retry_after_max,
            ..
        } = &self.policy;
        let cooldown = self.ticks(backoff.max.max(*retry_after_max));
        cooldown.max(OVERRIDE_TICKS)
    }

    /// Within how many ticks a dependency that answers is let back in, if somebody asks at each.
    fn bound(&self) -> u32 {
        let lease = self.ticks(self.policy.trial_lease);
        let trials = self.policy.success_threshold;
        if self.probes {
            // Before each trial, the probe that never comes has its turn.
            self.longest_refusal() + trials * lease
        } else {
            // A trial hangs, or nobody may try yet; then one trial a tick.
            self.longest_refusal().max(lease) + trials - 1
        }
    }

    fn moves(&self, world: &World) -> Vec<Move> {
        let mut moves = vec![Move::Tick, Move::Ask(Asker::Call)];
        let mut endings = vec![
            Ending::Success,
            Ending::Failure,
            Ending::SharedFailure,
            Ending::Cancelled,
        ];
        if self.wishes {
            endings.push(Ending::RetryAfter);
        }
        if self.policy.slow_call_rate.is_some() {
            endings.push(Ending::SlowSuccess);
        }
        for &roll in self.rolls {
            let all = endings.iter().flat_map(|&how| {
                (0..world.tickets.len()).map(move |which| Move::End { which, how, roll })
            });
            moves.extend(all);
            if self.by_hand {
                let by_hand = [Ending::Success, Ending::Failure];
                moves.extend(by_hand.map(|how| Move::Report { how, roll }));
            }
        }
        if self.probes {
            moves.push(Move::Ask(Asker::Probe));
            moves.push(Move::Probed(!world.bench.machine.is_probed()));
        }
        if self.operators {
            let states = [DependencyState::Healthy, DependencyState::Unhealthy];
            moves.extend(states.map(Move::Force));
            moves.push(Move::Reset);
        }
        moves
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ending {
    Success,
    /// It took longer than a rule calls slow.
    SlowSuccess,
    Failure,
    SharedFailure,
    RetryAfter,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Move {
    Tick,
    Ask(Asker),
    End {
        which: usize,
        how: Ending,
        roll: f64,
    },
    Report {
        how: Ending,
        roll: f64,
    },
    Force(DependencyState),
    Reset,
    Probed(bool),
}

/// A machine, and the calls that it has let in.
struct World {
    bench: Bench,
    /// Of the present epoch. Those of older ones have been seen to change nothing.
    tickets: Vec<Word>,
    tick: Duration,
    horizon: Duration,
    most_in_flight: usize,
}

impl World {
    fn new(plan: &Plan) -> Self {
        let backoff = &plan.policy.backoff;
        let horizon = plan.policy.trial_lease + (plan.levels() + 1) * backoff.decay;
        Self {
            bench: Bench::new(plan.policy.clone()),
            tickets: Vec::new(),
            tick: plan.tick,
            horizon,
            most_in_flight: plan.in_flight,
        }
    }

    fn after(plan: &Plan, path: &[Move]) -> Self {
        let mut world = Self::new(plan);
        for step in path {
            world.take(*step);
        }
        world
    }

    fn key(&self) -> String {
        let machine = canonical::key(&self.bench.machine, self.bench.now, self.horizon);
        format!("{machine} and {} on their way", self.tickets.len())
    }

    /// What the shell does before it does anything else.
    fn expire(&mut self) {
        self.bench.machine.expire(self.bench.now);
    }

    fn take(&mut self, step: Move) {
        if step == Move::Tick {
            // Nobody looks while time passes.
            self.bench.pass(self.tick);
            return;
        }
        self.expire();
        let Bench { machine, now } = &mut self.bench;
        match step {
            Move::Tick => {}
            Move::Ask(asker) => {
                if self.tickets.len() < self.most_in_flight && machine.check(*now, asker).is_ok() {
                    let (word, _) = machine.admit(*now);
                    self.tickets.push(word);
                }
            }
            Move::End { which, how, roll } => {
                let word = self.tickets.remove(which);
                let took = (how == Ending::SlowSuccess).then_some(2 * SECOND);
                machine.settle_timed(word, report_of(how), took, *now, || roll);
            }
            Move::Report { how, roll } => {
                machine.report(report_of(how), *now, || roll);
            }
            Move::Force(state) => {
                machine.force(state, by_operator(OVERRIDE_TICKS * self.tick), *now);
            }
            Move::Reset => {
                machine.reset(by_operator(self.tick), *now);
            }
            Move::Probed(probed) => machine.set_probed(probed),
        }
        self.drop_the_stale();
    }

    /// Lets every call end, in each way, that was let in under an older epoch: nothing happens.
    fn drop_the_stale(&mut self) {
        let Bench { machine, now } = &mut self.bench;
        let epoch = machine.epoch();
        let (stale, present) = self.tickets.drain(..).partition(|it| it.epoch() != epoch);
        self.tickets = present;
        let stale: Vec<Word> = stale;
        if stale.is_empty() {
            return;
        }
        let before = format!("{machine:?}");
        for word in stale {
            for how in [Ending::Success, Ending::Failure, Ending::Cancelled] {
                let transition = machine.settle(word, report_of(how), *now, || 0.5);
                assert_eq!(transition, None, "a late result: {how:?}");
            }
        }
        assert_eq!(before, format!("{machine:?}"), "a late result");
    }

    fn is_well(&self) -> bool {
        let state = self.bench.machine.dependency_state(self.bench.now);
        self.bench.state() == BreakerState::Closed && state == DependencyState::Healthy
    }

    /// Lets everything that is on its way end in one way.
    fn end_all(&mut self, how: Ending) {
        while !self.tickets.is_empty() {
            self.take(Move::End {
                which: 0,
                how,
                roll: 0.5,
            });
        }
    }

    /// Has `asker` call once a tick, and the dependency answer, until all is well. Returns after how
    /// many ticks that is.
    fn recover(&mut self, asker: Asker, limit: u32) -> Option<u32> {
        for tick in 0..=limit {
            self.expire();
            // An operator lets everything pass: there is nothing to recover from, and nothing shown.
            let is_waved_through = self.bench.state() == BreakerState::ForcedClosed;
            if !is_waved_through && self.bench.machine.check(self.bench.now, asker).is_ok() {
                let (word, _) = self.bench.machine.admit(self.bench.now);
                self.bench.settle(word, Report::Success);
                self.drop_the_stale();
            }
            if self.is_well() {
                return Some(tick);
            }
            self.bench.pass(self.tick);
        }
        None
    }
}

fn report_of(how: Ending) -> Report {
    match how {
        Ending::Success | Ending::SlowSuccess => Report::Success,
        Ending::Failure => failure(),
        Ending::SharedFailure => failure_of_one_of_several(),
        Ending::RetryAfter => retry_after(5 * SECOND),
        Ending::Cancelled => Report::Cancelled,
    }
}

/// How a state was reached first.
type Path = Vec<Move>;

/// Goes everywhere. Returns a shortest path to each state.
fn reachable(plan: &Plan) -> Vec<Path> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut paths: Vec<Path> = vec![Vec::new()];
    seen.insert(World::new(plan).key(), 0);
    let mut next = 0;
    while next < paths.len() {
        for step in plan.moves(&World::after(plan, &paths[next])) {
            let mut path = paths[next].clone();
            path.push(step);
            let key = World::after(plan, &path).key();
            if seen.contains_key(&key) {
                continue;
            }
            seen.insert(key, paths.len());
            paths.push(path);
            assert!(
                paths.len() < TOO_MANY,
                "{}: no end of states, such as {}",
                plan.name,
                World::after(plan, paths.last().expect("there is one")).key()
            );
        }
        next += 1;
    }
    paths
}

fn explore(plan: &Plan) {
    let paths = reachable(plan);
    let mut slowest = 0;
    for path in &paths {
        slowest = slowest.max(it_recovers(plan, path));
        it_refuses_nobody_for_ever(plan, path);
        it_loses_no_place(plan, path);
        it_forgets_the_outage(plan, path);
    }
    let furthest = paths.iter().map(Vec::len).max().unwrap_or_default();
    println!(
        "{}: {} states, the furthest after {furthest} moves, well again within {slowest} ticks",
        plan.name,
        paths.len(),
    );
    // No longer, and from somewhere so long: the bound is no guess.
    assert_eq!(slowest, plan.bound(), "{}", plan.name);
}

/// Whoever asks, and however the calls end that are on their way, or hang for ever.
fn it_recovers(plan: &Plan, path: &Path) -> u32 {
    let mut slowest = 0;
    for asker in [Asker::Call, Asker::Probe] {
        for ends in [None, Some(Ending::Success), Some(Ending::Cancelled)] {
            let mut world = World::after(plan, path);
            if let Some(how) = ends {
                world.end_all(how);
            }
            let found = format!("{:?}", world.bench.machine);
            let ticks = world.recover(asker, plan.bound());
            let ticks = ticks.unwrap_or_else(|| {
                panic!(
                    "{}: {asker:?} never closes it, those on their way {ends:?}, after {path:?}: \
                     {found}, in the end {:?}",
                    plan.name, world.bench.machine
                )
            });
            slowest = slowest.max(ticks);
        }
    }
    slowest
}

/// Nobody calls, everything hangs, time passes: the answer is not no for ever, and a refusal that
/// names the time of its end keeps its word.
fn it_refuses_nobody_for_ever(plan: &Plan, path: &Path) {
    let limit = plan.longest_refusal() + plan.ticks(plan.policy.trial_lease);
    for asker in [Asker::Call, Asker::Probe] {
        let mut world = World::after(plan, path);
        let mut waited = 0;
        loop {
            world.expire();
            let refusal = world.bench.machine.check(world.bench.now, asker).err();
            let Some(refusal) = refusal else { break };
            assert!(
                waited < limit,
                "{}: {refusal:?} to {asker:?} for ever after {path:?}",
                plan.name
            );
            assert!(refusal.retry_after > Duration::ZERO, "{refusal:?}");
            if refusal.reason != Reason::TrialInFlight {
                let mut later = World::after(plan, path);
                later.bench.pass(waited * plan.tick + refusal.retry_after);
                later.expire();
                let again = later.bench.machine.check(later.bench.now, asker).err();
                let is_another = again.is_none_or(|again| again.reason != refusal.reason);
                assert!(is_another, "{refusal:?} was not true after {path:?}");
            }
            world.take(Move::Tick);
            waited += 1;
        }
    }
}

/// When all that are on their way have ended, no trial holds a place; when they never end, all
/// places are free again past the lease.
fn it_loses_no_place(plan: &Plan, path: &Path) {
    for how in [Ending::Cancelled, Ending::SharedFailure] {
        let mut world = World::after(plan, path);
        world.end_all(how);
        let machine = format!("{:?}", world.bench.machine);
        let is_free = !machine.contains("HalfOpen") || machine.contains("in_flight: 0");
        assert!(is_free, "a place is lost after {path:?}: {machine}");
    }
    let mut world = World::after(plan, path);
    world
        .bench
        .pass((plan.longest_refusal() + 1) * plan.tick + plan.policy.trial_lease);
    world.expire();
    for trial in 1..=plan.policy.max_trials {
        let admitted = world.bench.ask(Asker::Probe);
        assert!(
            admitted.is_ok(),
            "no place for trial {trial} after {path:?}"
        );
    }
}

/// However long the outage was: after a bounded time of health the next cooldown is a first one.
fn it_forgets_the_outage(plan: &Plan, path: &Path) {
    let mut world = World::after(plan, path);
    world.end_all(Ending::Success);
    let recovered = world.recover(Asker::Probe, plan.bound());
    assert!(recovered.is_some(), "see above");
    world.bench.pass(plan.levels() * plan.policy.backoff.decay);
    let cooldown = world.bench.machine.cooldown(world.bench.now);
    assert_eq!(
        cooldown, plan.policy.backoff.initial,
        "{}: not forgotten after {path:?}",
        plan.name
    );
}

#[test]
fn from_every_state_of_consecutive_rules_a_dependency_that_answers_is_let_back_in() {
    for consecutive in 1..=3 {
        for success_threshold in 1..=3 {
            for max_trials in 1..=2 {
                explore(&Plan::new(
                    "in a row",
                    consecutive,
                    success_threshold,
                    max_trials,
                ));
            }
        }
    }
}

#[test]
fn from_every_state_that_operators_and_reports_by_hand_lead_to() {
    for (success_threshold, max_trials) in [(1, 1), (2, 1), (2, 2)] {
        explore(&Plan {
            operators: true,
            by_hand: true,
            ..Plan::new("operators", 2, success_threshold, max_trials)
        });
    }
}

#[test]
fn from_every_state_in_which_a_probe_may_be_the_trial_although_it_may_never_run() {
    for (success_threshold, max_trials) in [(1, 1), (3, 1), (2, 2)] {
        explore(&Plan {
            probes: true,
            ..Plan::new("probes", 2, success_threshold, max_trials)
        });
    }
    explore(&Plan {
        probes: true,
        operators: true,
        ..Plan::new("probes and operators", 1, 2, 1)
    });
}

#[test]
fn from_every_state_that_a_wish_to_be_left_alone_leads_to() {
    explore(&Plan {
        wishes: true,
        operators: true,
        ..Plan::new("wishes", 2, 1, 1)
    });
}

#[test]
fn from_every_state_of_rate_rules() {
    let window = |calls| Window::Calls(calls);
    let failures = FailureRate {
        rate: 0.5,
        window: window(3),
        min_calls: 2,
    };
    let slow = SlowCallRate {
        slower_than: SECOND,
        rate: 0.5,
        window: window(2),
        min_calls: 2,
    };
    let mut by_failures = Plan::new("rate of failures", 1, 1, 1);
    by_failures.policy.consecutive = None;
    by_failures.policy.failure_rate = Some(failures);
    explore(&by_failures);
    let mut by_both = Plan::new("both rates", 3, 1, 1);
    by_both.policy.failure_rate = Some(failures);
    by_both.policy.slow_call_rate = Some(slow);
    explore(&by_both);
}

#[test]
fn from_every_state_that_chance_leads_to() {
    let mut plan = Plan::new("jitter", 1, 1, 2);
    plan.tick = SECOND / 2;
    plan.rolls = &[0.0, 1.0];
    plan.policy.backoff.jitter = Jitter::Equal;
    explore(&plan);
}
