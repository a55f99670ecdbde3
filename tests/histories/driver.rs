//! Plays a history to the real thing and to the model, and compares them after every event.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use health_runtime::clock::Clock;
use health_runtime::{
    AuditFuture, AuditOutcome, AuditRecord, AuditSink, BreakerState, Decision, Dependency,
    DependencyHealth, HealthGuard, HealthRegistry, OperationPolicy, Override, Policy,
};
use tokio::time::Instant;

use crate::event::{
    Body, CallSpec, Command, DependencyPlan, Destruction, Ending, Event, History, Order, Route,
};
use crate::functions::{NAMES, Work, scrub, sweep};
use crate::moody::{Log, Moody, Noted};
use crate::reference::{Came, Flight, Reference, Span, State, Time};
use crate::safety::{Epochs, Safety};
use crate::script::{BodyFuture, Scripts, future_of};
use crate::trouble::{Answer, Trouble};

/// What is wrong.
pub(crate) type Found = Result<(), String>;

/// So rarely that nothing healthy is probed within a history: only trouble, and the gate, ask.
const RARELY: Duration = Duration::from_secs(1_000 * 24 * 3600);

/// Sums over histories, to see that they are worth something.
#[derive(Debug, Default, Clone)]
pub(crate) struct Sums {
    pub(crate) histories: u64,
    pub(crate) events: u64,
    pub(crate) calls: u64,
    pub(crate) nested: u64,
    pub(crate) refused: u64,
    pub(crate) timed_out: u64,
    pub(crate) panicked: u64,
    pub(crate) dropped: u64,
    pub(crate) probed: u64,
    pub(crate) transitions: u64,
    pub(crate) allowed: u64,
    pub(crate) denied: u64,
    pub(crate) bypassed: u64,
    pub(crate) observed: u64,
    pub(crate) checks: u64,
    pub(crate) stopped: u64,
}

/// Tokio's time on both clocks: nobody's wall clock gets into a test.
struct Paused {
    began: Instant,
}

impl Clock for Paused {
    fn now(&self) -> std::time::Instant {
        Instant::now().into_std()
    }

    fn wall_now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.began.elapsed()
    }
}

/// Remembers the last decision of the gate.
#[derive(Debug, Clone, Default)]
struct Trail(Arc<Mutex<Option<AuditRecord>>>);

impl AuditSink for Trail {
    fn decided<'a>(&'a self, record: &'a AuditRecord) -> AuditFuture<'a> {
        *self.0.lock().unwrap() = Some(record.clone());
        Box::pin(std::future::ready(Ok(())))
    }

    fn ended(&self, _: &'static str, _: u64, _: AuditOutcome) {}
}

/// A call that runs, in both worlds.
struct Running {
    spec: CallSpec,
    real: BodyFuture,
    scripts: Scripts,
    model: Flight,
    /// The epochs in which it began, from the first look on.
    began: Option<Epochs>,
}

/// A destructive call whose body runs.
struct Destroying {
    real: BodyFuture,
    work: Work,
    which: Destruction,
    is_waived: bool,
    is_tainted: bool,
    holds_a_place: bool,
}

pub(crate) struct Driver<'s> {
    began: Instant,
    registry: HealthRegistry,
    _guard: HealthGuard,
    probes: Vec<Option<Moody>>,
    log: Log,
    trail: Trail,
    model: Reference,
    calls: Vec<Running>,
    destructions: Vec<Destroying>,
    last_fence: u64,
    safety: Safety,
    sums: &'s mut Sums,
}

/// Plays a history from its beginning to its end.
///
/// # Errors
///
/// The first thing that is wrong, and when.
pub(crate) fn play(history: &History, sums: &mut Sums) -> Found {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    sums.histories += 1;
    runtime.block_on(async {
        let mut driver = Driver::new(history, sums).await;
        let registry = driver.registry.clone();
        registry.scope(driver.play(&history.events)).await
    })
}

fn declared(name: &str, plan: &DependencyPlan, probe: Option<&Moody>) -> Dependency {
    let dependency = Dependency::new(name)
        .policy(policy(plan.breaker.clone(), plan.timeout))
        .criticality(plan.criticality)
        .probe_every(RARELY);
    match probe {
        Some(probe) => dependency.probe(probe.clone()),
        None => dependency,
    }
}

fn policy(breaker: health_runtime::BreakerPolicy, timeout: Option<Duration>) -> Policy {
    Policy {
        timeout,
        ..breaker.into()
    }
}

/// Polls once. A panic is an answer, too.
async fn poll_once(future: &mut BodyFuture) -> Poll<std::thread::Result<Answer>> {
    poll_fn(|cx| {
        Poll::Ready(match poll_caught(future, cx) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(answer)) => Poll::Ready(Ok(answer)),
            Err(panic) => Poll::Ready(Err(panic)),
        })
    })
    .await
}

fn poll_caught(
    future: &mut BodyFuture,
    cx: &mut std::task::Context<'_>,
) -> std::thread::Result<Poll<Answer>> {
    catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)))
}

/// Lets everything run that is due now.
async fn settle_down() {
    // Each time, all tasks have run that were ready, and those that they have woken.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, real: T, model: T) -> Found {
    if real == model {
        Ok(())
    } else {
        Err(format!("{what}: {real:?}, the model says {model:?}"))
    }
}

/// To whole milliseconds, upwards, as refusals tell it.
fn in_millis(time: Duration) -> Duration {
    let millis = time.as_nanos().div_ceil(1_000_000);
    Duration::from_millis(u64::try_from(millis).unwrap())
}

fn is_as(real: &Poll<std::thread::Result<Answer>>, model: &Came) -> Found {
    let agree = match (real, model) {
        (Poll::Pending, Came::Nothing)
        | (Poll::Ready(Ok(Ok(()))), Came::Ok)
        | (Poll::Ready(Err(_)), Came::Panic) => true,
        (Poll::Ready(Ok(Err(Trouble::Told(real)))), Came::Told(model)) => real == model,
        (Poll::Ready(Ok(Err(Trouble::Refused(real)))), Came::Refused(model)) => {
            real.dependency() == model.dependency
                && real.reason() == model.reason
                && real.health_state() == model.state
                && real.retry_after() == in_millis(model.retry_after)
        }
        _ => false,
    };
    if agree {
        Ok(())
    } else {
        Err(format!("the caller got {real:?}, the model says {model:?}"))
    }
}

impl<'s> Driver<'s> {
    async fn new(history: &History, sums: &'s mut Sums) -> Self {
        let began = Instant::now();
        let log = Log::default();
        let plans = NAMES.iter().zip(&history.dependencies).enumerate();
        let mut registry = HealthRegistry::builder()
            .seed(history.seed)
            .clock(Paused { began });
        let mut probes = Vec::new();
        for (index, (name, plan)) in plans {
            let probe = plan.probe.map(|mood| Moody::new(index, mood, log.clone()));
            registry = registry.dependency(declared(name, plan, probe.as_ref()));
            probes.push(probe);
        }
        let registry = registry.build().unwrap();
        let trail = Trail::default();
        let policy = OperationPolicy {
            mode: history.mode,
            bypass: history.bypass,
            ..OperationPolicy::default()
        };
        let guard = health_runtime::builder()
            .registry(registry.clone())
            .gate(history.gate.clone())
            .operation("sweep", policy)
            .audit(trail.clone())
            .init()
            .await
            .unwrap();
        Self {
            began,
            registry,
            _guard: guard,
            probes,
            log,
            trail,
            model: Reference::new(history),
            calls: Vec::new(),
            destructions: Vec::new(),
            last_fence: 0,
            safety: Safety::new(history),
            sums,
        }
    }

    fn now(&self) -> Time {
        self.began.elapsed()
    }

    async fn play(&mut self, events: &[Event]) -> Found {
        self.let_it_settle().await?;
        let began = self.began;
        for (index, event) in events.iter().enumerate() {
            self.sums.events += 1;
            let at = |when: &str, wrong| {
                let now = began.elapsed();
                format!("{when} event {index} ({now:?}), {event:?}: {wrong}")
            };
            let taken = self.take(event).await;
            taken.map_err(|wrong| at("at", wrong))?;
            let settled = self.let_it_settle().await;
            settled.map_err(|wrong| at("after", wrong))?;
        }
        self.wind_up().await
    }

    /// Everything that runs is dropped. Nothing may be left of it.
    async fn wind_up(&mut self) -> Found {
        while !self.calls.is_empty() {
            self.drop_call(0);
            self.let_it_settle()
                .await
                .map_err(|wrong| format!("in the end: {wrong}"))?;
        }
        while !self.destructions.is_empty() {
            self.abort(0);
        }
        self.let_it_settle().await?;
        let transitions = self.registry.snapshot();
        self.sums.transitions += transitions.iter().map(|it| it.epoch).sum::<u64>();
        Ok(())
    }

    /// Lets everything happen that is due, to both, and compares them.
    async fn let_it_settle(&mut self) -> Found {
        settle_down().await;
        self.read_the_log()?;
        self.model.pass_to(self.now());
        self.poll_all().await?;
        settle_down().await;
        self.read_the_log()?;
        self.compare()
    }

    /// Tells the model what the probes have written down.
    fn read_the_log(&mut self) -> Found {
        for note in self.log.take() {
            self.model.pass_to(note.at - self.began);
            self.sums.probed += u64::from(matches!(note.what, Noted::Asked));
            self.model.probe(note.dependency, &note.what)?;
            self.safety
                .probe(note.dependency, &note.what, note.at - self.began);
        }
        Ok(())
    }

    /// Gives every call that runs a chance to notice that its time is over.
    async fn poll_all(&mut self) -> Found {
        for mut running in std::mem::take(&mut self.calls) {
            let real = poll_once(&mut running.real).await;
            let (came, flight) = self.model.look_at(running.model.clone());
            is_as(&real, &came)?;
            if let (Came::Ok, Some(began)) = (&came, &running.began) {
                let now = self.began.elapsed();
                self.safety.succeeded(running.spec.route, began, now);
            }
            match flight {
                Some(model) => self.calls.push(Running { model, ..running }),
                None => self.sums.timed_out += 1,
            }
        }
        Ok(())
    }

    async fn take(&mut self, event: &Event) -> Found {
        match event {
            Event::Call(spec) => self.call(spec).await?,
            Event::End { which, how } => {
                if !self.calls.is_empty() {
                    self.end(which % self.calls.len(), *how).await?;
                }
            }
            Event::Drop { which } => {
                if !self.calls.is_empty() {
                    self.drop_call(which % self.calls.len());
                }
            }
            Event::Burst {
                dependency,
                calls,
                gap,
            } => self.burst(*dependency, *calls, *gap).await?,
            Event::Report { dependency, failed } => {
                if *failed {
                    self.registry.record_failure(NAMES[*dependency], "by hand");
                } else {
                    self.registry.record_success(NAMES[*dependency]);
                }
                self.model.report(*dependency, *failed);
                self.safety.report(*dependency, *failed, self.now());
            }
            Event::Operator {
                dependency,
                command,
            } => {
                self.command(*dependency, *command);
                self.model.command(*dependency, *command);
            }
            Event::Update {
                dependency,
                breaker,
                timeout,
            } => {
                let policy = policy((**breaker).clone(), *timeout);
                let name = NAMES[*dependency];
                let updated = self.registry.update_policy(name, policy);
                drop(updated.map_err(|wrong| wrong.to_string())?);
                let breaker = (**breaker).clone();
                let now = self.now();
                self.model.dependencies[*dependency].update(breaker, *timeout, now);
            }
            Event::Mood { dependency, mood } => {
                if let Some(probe) = &self.probes[*dependency] {
                    probe.is_now(*mood);
                }
            }
            Event::Pass(time) => tokio::time::sleep(*time).await,
            Event::Sleep(time) => {
                // A probe that is due when the process wakes up comes before the ticker has noticed,
                // or after it: nobody can say.
                let now = self.now();
                let mut dependencies = self.model.dependencies.iter();
                if dependencies.all(|it| it.leaves_its_probe_alone(now)) {
                    tokio::time::advance(*time).await;
                    settle_down().await;
                    self.model.sleep_to(self.now());
                }
            }
            Event::Destroy { operation } => self.destroy(*operation).await?,
            Event::Order { which, order } => {
                if !self.destructions.is_empty() {
                    self.order(which % self.destructions.len(), *order).await?;
                }
            }
            Event::Abort { which } => {
                if !self.destructions.is_empty() {
                    self.abort(which % self.destructions.len());
                }
            }
        }
        Ok(())
    }

    async fn call(&mut self, spec: &CallSpec) -> Found {
        self.sums.calls += 1;
        self.sums.nested += u64::from(matches!(spec.body, Body::Nests { .. } | Body::GetsOver(_)));
        let scripts = Scripts::default();
        let mut real = future_of(&self.registry, spec, &scripts);
        let answer = poll_once(&mut real).await;
        let (came, flight) = self.model.call(spec);
        is_as(&answer, &came)?;
        self.sums.refused += u64::from(matches!(came, Came::Refused(_)));
        self.sums.panicked += u64::from(came == Came::Panic);
        if let Some(model) = flight {
            self.calls.push(Running {
                spec: spec.clone(),
                real,
                scripts,
                model,
                began: None,
            });
        }
        self.safety.call(spec, &came, self.now());
        Ok(())
    }

    async fn end(&mut self, which: usize, how: Ending) -> Found {
        let mut running = self.calls.remove(which);
        let within = running.model.waits_within();
        let script = if within {
            &running.scripts.inner
        } else {
            &running.scripts.outer
        };
        script.tell(how);
        let answer = poll_once(&mut running.real).await;
        let (came, flight) = self.model.go_on_with(running.model.clone(), how);
        is_as(&answer, &came)?;
        let now = self.began.elapsed();
        if let Some(began) = &running.began {
            self.safety
                .end(&running.spec, within, how, &came, began, now);
        }
        if let Some(model) = flight {
            self.calls.insert(which, Running { model, ..running });
        }
        Ok(())
    }

    fn drop_call(&mut self, which: usize) {
        self.sums.dropped += 1;
        let Running { real, model, .. } = self.calls.remove(which);
        drop(real);
        self.model.drop_call(&model);
    }

    async fn burst(&mut self, dependency: usize, calls: u32, gap: Duration) -> Found {
        let spec = CallSpec {
            route: Route::One(dependency),
            body: Body::Ends(Ending::Success),
        };
        for _ in 0..calls {
            if let State::Open { until } = self.model.dependencies[dependency].breaker
                && until.earliest != until.latest
            {
                // Until when is known at the next look.
                break;
            }
            self.call(&spec).await?;
            tokio::time::sleep(gap).await;
            settle_down().await;
            self.read_the_log()?;
            self.model.pass_to(self.now());
        }
        Ok(())
    }

    fn command(&mut self, dependency: usize, command: Command) {
        let (registry, name) = (&self.registry, NAMES[dependency]);
        let why = |lasts| Override::new("alice", "INC-42", lasts);
        let done = match command {
            Command::ForceOpen(lasts) => registry.force_open(name, why(lasts)),
            Command::ForceClosed(lasts) => registry.force_closed(name, why(lasts)),
            Command::SetState(state, lasts) => registry.set_state(name, state, why(lasts)),
            Command::Reset => registry.reset(name, why(Duration::ZERO)),
        };
        done.unwrap();
    }

    async fn destroy(&mut self, which: Destruction) -> Found {
        let asked = self.now();
        let wanted = self.model.preflight(which);
        let work = Work::default();
        let registry = self.registry.clone();
        let mut real: BodyFuture = match which {
            Destruction::Sweep { confirmed } => Box::pin(sweep(work.clone(), registry, confirmed)),
            Destruction::Scrub => Box::pin(scrub(work.clone(), registry)),
        };
        // Until it is denied, or its body runs.
        let denied = poll_fn(|cx| match Pin::new(&mut real).poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if work.found.borrow().fence.is_some() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await;
        let took = self.now() - asked;
        let patience = if wanted.is_empty() {
            Duration::ZERO
        } else {
            self.model.gate.policy.preflight_timeout
        };
        if took > patience {
            return Err(format!("the gate took {took:?} to ask {wanted:?}"));
        }
        self.read_the_log()?;
        self.model.pass_to(self.now());
        // Before anybody asks the model.
        if denied.is_none() {
            self.safety.destroyed(which, self.now())?;
        }
        let expected = self.model.destroy(which, &wanted);
        let record = self.trail.0.lock().unwrap().take().ok_or("no record")?;
        same("decision", record.decision, expected.decision)
            .map_err(|wrong| format!("{wrong}; {} against {:?}", record.verdict, expected.codes))?;
        let code = |code: &'static str| match code {
            "degraded" | "unhealthy" => "state",
            code => code,
        };
        let vetoes = record.verdict.vetoes().iter();
        let mut codes: Vec<&str> = vetoes.map(|veto| code(veto.code())).collect();
        codes.sort_unstable();
        same("reasons", codes, expected.codes.clone())?;
        same("budget left", record.budget_left, expected.budget_left)?;
        same(
            "a body that runs",
            denied.is_none(),
            expected.decision != Decision::Denied,
        )?;
        match expected.decision {
            Decision::Allowed => self.sums.allowed += 1,
            Decision::Denied => self.sums.denied += 1,
            Decision::Bypassed => self.sums.bypassed += 1,
            _ => self.sums.observed += 1,
        }
        if let Some(answer) = denied {
            return match answer {
                Err(Trouble::Refused(_)) => Ok(()),
                other => Err(format!("a denied call gave {other:?}")),
            };
        }
        let fence = work.found.borrow().fence.unwrap_or_default();
        if fence <= self.last_fence {
            return Err(format!("fence {fence} after {}", self.last_fence));
        }
        self.last_fence = fence;
        self.destructions.push(Destroying {
            real,
            work,
            which,
            is_waived: expected.is_waived,
            is_tainted: false,
            holds_a_place: expected.holds_a_place,
        });
        Ok(())
    }

    async fn order(&mut self, which: usize, order: Order) -> Found {
        self.destructions[which].work.orders.tell(order);
        let answer = poll_once(&mut self.destructions[which].real).await;
        let destroying = &mut self.destructions[which];
        match order {
            Order::Check => {
                let goes_on = destroying.is_waived
                    || (!destroying.is_tainted && self.model.may_go_on(destroying.which));
                let check = destroying.work.found.borrow_mut().check.take();
                let check = check.ok_or("it was not asked")?;
                self.sums.checks += 1;
                self.sums.stopped += u64::from(!goes_on);
                same("the permit", check.is_ok(), goes_on).map_err(|wrong| {
                    format!("{wrong} ({check:?}, tainted: {})", destroying.is_tainted)
                })
            }
            Order::Call(route, ending) => {
                let (came, has_failed) = self.model.call_at_once(route, ending);
                destroying.is_tainted |= has_failed;
                let body = Body::Ends(ending);
                self.safety
                    .call(&CallSpec { route, body }, &came, self.began.elapsed());
                same("a body that waits", answer.is_pending(), true)
            }
            Order::End(ending) => {
                let came = match ending {
                    Ending::Success => Came::Ok,
                    Ending::Error(told) => Came::Told(told),
                    Ending::Panic => Came::Panic,
                };
                is_as(&answer, &came)?;
                self.abort(which);
                Ok(())
            }
        }
    }

    /// The end of a destructive call, whichever.
    fn abort(&mut self, which: usize) {
        let Destroying {
            real,
            which,
            holds_a_place,
            ..
        } = self.destructions.remove(which);
        drop(real);
        self.model.destruction_ended(which, holds_a_place);
    }

    fn compare(&mut self) -> Found {
        let now = self.now();
        self.model.look();
        let system = self.registry.system();
        for (index, health) in system.dependencies.iter().enumerate() {
            self.safety.look(index, health, now);
            self.compare_one(index, health)
                .map_err(|wrong| format!("{}: {wrong}", health.name))?;
        }
        self.safety.looked();
        for running in &mut self.calls {
            running.began.get_or_insert(self.safety.epochs());
        }
        same("system", system.state, self.model.system())
    }

    fn compare_one(&mut self, index: usize, health: &DependencyHealth) -> Found {
        let now = self.now();
        let began = self.began.into_std();
        let dependency = &mut self.model.dependencies[index];
        same("epoch", health.epoch, dependency.epoch)?;
        // Where chance has decided, it has to have kept within its bounds; from here on it is known.
        if let State::Open { until } = &mut dependency.breaker {
            let told = health.open_until.ok_or("open, and not until when")? - began;
            if told < until.earliest || told > until.latest {
                return Err(format!("open until {told:?}, not within {until:?}"));
            }
            *until = Span::exactly(told);
        }
        if let (Some(age), Some(within)) = (health.last_success, dependency.last_success) {
            let told = now - age;
            if told < within.earliest || told > within.latest {
                return Err(format!("last success at {told:?}, not within {within:?}"));
            }
            dependency.last_success_was(told);
        }
        let is_known = |success: bool| if success { "a success" } else { "none" };
        same(
            "last success",
            is_known(health.last_success.is_some()),
            is_known(dependency.last_success.is_some()),
        )?;
        same("breaker", health.breaker, dependency.breaker_state(now))?;
        same("state", health.state, dependency.state(now))?;
        same(
            "failures",
            health.consecutive_failures,
            dependency.failures(),
        )?;
        let refusal = dependency
            .verdict(crate::reference::Asker::Call, now)
            .err()
            .filter(|_| !dependency.passes_all());
        same("refusal", health.refusal, refusal.map(|it| it.0))?;
        same(
            "retry after",
            health.retry_after,
            refusal.map_or(Duration::ZERO, |it| it.1),
        )?;
        same("refusals", health.refusals, dependency.refusals)?;
        let last_error = health.last_error.as_ref();
        same(
            "last error",
            last_error.map(|it| (it.kind, now - it.age)),
            dependency.last_failure,
        )?;
        if let Some(next) = dependency.next_cooldown(now) {
            same("next cooldown", health.backoff, next)?;
        }
        same(
            "override",
            health.forced_by.is_some(),
            dependency.is_forced(),
        )?;
        same(
            "identity",
            health.identity.as_deref(),
            dependency.identity.as_ref().map(|known| &*known.0),
        )?;
        if health.breaker == BreakerState::Closed && health.refusal.is_some() {
            return Err("closed, and refuses".to_owned());
        }
        Ok(())
    }
}
