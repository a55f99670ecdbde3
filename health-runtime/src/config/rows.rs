//! The table of keys: for each, where it may stand, what it holds, what it changes, how the value in
//! force is read, and what it is for.
//!
//! [`schema`](super::schema) says what a row is, and who reads it.

use std::time::Duration;

use super::kind::{Kind, Setting};
use super::schema::{At, Row, Target};
use crate::backoff::{Backoff, Jitter};
use crate::breaker::{BreakerMode, Window};
use crate::dependency::{Evidence, Settings};
use crate::gate::{Checkpoint, DenyAt, GateMode, GatePolicy, Preflight};
use crate::policy::{MIN_CALLS, Policy, PolicyPatch, SLOW_AFTER, WINDOW};
use crate::retry::RetryPolicy;
use crate::state::Criticality;

const EVERYWHERE: &[At] = &[At::Defaults, At::Dependency, At::Key, At::Role];
const PROBED: &[At] = &[At::Defaults, At::Dependency];

const fn row(
    at: &'static [At],
    table: &'static str,
    key: &'static str,
    kind: Kind,
    target: Target,
    doc: &'static str,
) -> Row {
    Row {
        at,
        table,
        key,
        kind,
        target,
        code: key,
        profiled: false,
        doc,
    }
}

const fn policy(
    table: &'static str,
    key: &'static str,
    kind: Kind,
    set: fn(&mut PolicyPatch, &Setting),
    get: fn(&Policy) -> Setting,
    doc: &'static str,
) -> Row {
    row(
        EVERYWHERE,
        table,
        key,
        kind,
        Target::Policy { set, get },
        doc,
    )
}

const fn gate(
    key: &'static str,
    kind: Kind,
    set: fn(&mut GatePolicy, &Setting),
    get: fn(&GatePolicy) -> Setting,
    doc: &'static str,
) -> Row {
    row(&[At::Gate], "", key, kind, Target::Gate { set, get }, doc)
}

const fn settings(
    at: &'static [At],
    table: &'static str,
    key: &'static str,
    kind: Kind,
    set: fn(&mut Settings, &Setting),
    get: fn(&Settings) -> Setting,
    doc: &'static str,
) -> Row {
    row(at, table, key, kind, Target::Settings { set, get }, doc)
}

const PROFILES: Kind = Kind::Word(&["conservative", "balanced", "aggressive"]);
const STATES: &[&str] = &["unhealthy", "degraded"];

#[rustfmt::skip] // As above.
pub(super) const ROWS: &[Row] = &[
    row(&[At::Root], "", "version", Kind::Count(1), Target::Version, "The version of this schema: 1. Required in a file."),
    row(&[At::Root, At::Dependency], "", "profile", PROFILES, Target::Profile, "A set of values to start from; whatever else the same section says wins over it."),

    settings(&[At::Dependency], "", "criticality", Kind::Word(&["low", "medium", "high", "critical"]),
        |to, word| to.criticality = match word.word() { "low" => Criticality::Low, "medium" => Criticality::Medium, "high" => Criticality::High, _ => Criticality::Critical },
        |of| Setting::Word(match of.criticality { Criticality::Low => "low", Criticality::Medium => "medium", Criticality::High => "high", Criticality::Critical => "critical" }),
        "How much depends on it. The gate asks for the critical ones."),
    settings(&[At::Dependency], "", "evidence", Kind::Word(&["proof", "state"]),
        |to, word| to.evidence = if word.word() == "state" { Evidence::State } else { Evidence::Proof },
        |of| Setting::Word(match of.evidence { Evidence::Proof => "proof", Evidence::State => "state" }),
        "What the gate takes for proof of health: a fresh success, or a closed breaker."),

    settings(PROBED, "probe", "interval", Kind::PositiveDuration,
        |to, span| to.probe_every = span.duration().unwrap_or(to.probe_every),
        |of| Setting::Duration(of.probe_every),
        "How often the probe runs while the dependency is healthy.").code("probe_every"),
    settings(PROBED, "probe", "timeout", Kind::PositiveDuration,
        |to, span| to.probe_timeout = span.duration().unwrap_or(to.probe_timeout),
        |of| Setting::Duration(of.probe_timeout),
        "How long a probe may take; past it, it has failed.").code("probe_timeout"),

    policy("breaker", "mode", Kind::Word(&["enforce", "observe", "disabled"]),
        |to, word| to.mode = Some(match word.word() { "observe" => BreakerMode::Observe, "disabled" => BreakerMode::Off, _ => BreakerMode::Enforce }),
        |of| Setting::Word(match of.breaker.mode { BreakerMode::Enforce => "enforce", BreakerMode::Observe => "observe", BreakerMode::Off => "disabled" }),
        "Whether calls are refused; `observe` only logs what would be, `disabled` never trips."),
    policy("breaker", "consecutive", Kind::Count(0),
        |to, count| to.consecutive = count.count().map(|count| (count > 0).then_some(count)),
        |of| Setting::Count(of.breaker.consecutive.unwrap_or(0)),
        "Failures in a row that trip the breaker; 0 switches this rule off.").profiled(),
    policy("breaker", "failure_ratio", Kind::Ratio,
        |to, ratio| to.parts.failure_ratio = ratio.number(),
        |of| Setting::Number(of.breaker.failure_rate.map_or(0.0, |rate| rate.rate)),
        "The part of the calls whose failure trips the breaker; 0 switches this rule off.").code("failure_rate.rate").profiled(),
    policy("breaker", "slow_ratio", Kind::Ratio,
        |to, ratio| to.parts.slow_ratio = ratio.number(),
        |of| Setting::Number(of.breaker.slow_call_rate.map_or(0.0, |rate| rate.rate)),
        "The part of the calls whose slowness trips the breaker; 0 switches this rule off.").code("slow_call_rate.rate"),
    policy("breaker", "slow_after", Kind::PositiveDuration,
        |to, span| to.parts.slow_after = span.duration(),
        |of| Setting::Duration(of.breaker.slow_call_rate.map_or(SLOW_AFTER, |rate| rate.slower_than)),
        "A call that takes this long is slow. Needs `slow_ratio`.").code("slow_call_rate.slower_than"),
    policy("breaker", "window", Kind::Window,
        |to, window| to.parts.window = window.window(),
        |of| Setting::Window(rates(of).map_or(WINDOW, |(window, _)| window)),
        "Which calls the ratios are taken of: those of a time (`30s`), or the last so many (`100 calls`).").code("window").profiled(),
    policy("breaker", "min_calls", Kind::Count(1),
        |to, count| to.parts.min_calls = count.count(),
        |of| Setting::Count(rates(of).map_or(MIN_CALLS, |(_, calls)| calls)),
        "Below this number of calls in the window no ratio trips the breaker.").code("min_calls").profiled(),
    policy("breaker", "open_for", Kind::PositiveDuration,
        |to, span| to.cooldown = span.duration(),
        |of| Setting::Duration(of.breaker.backoff.initial),
        "The first cooldown: how long the breaker refuses calls before it lets a trial pass. With the default `jitter`, half of it is random: `60s` refuses for 30 to 60 s.").code("backoff.initial").profiled(),
    policy("breaker", "open_for_max", Kind::PositiveDuration,
        |to, span| to.cooldown_max = span.duration(),
        |of| Setting::Duration(of.breaker.backoff.max),
        "The longest cooldown.").code("backoff.max").profiled(),
    policy("breaker", "multiplier", Kind::Factor,
        |to, number| to.cooldown_multiplier = number.number(),
        |of| Setting::Number(of.breaker.backoff.multiplier),
        "The factor from one cooldown to the next.").code("backoff.multiplier").profiled(),
    policy("breaker", "jitter", Kind::Word(&["none", "equal", "full"]),
        |to, word| to.cooldown_jitter = Some(match word.word() { "none" => Jitter::None, "full" => Jitter::Full, _ => Jitter::Equal }),
        |of| Setting::Word(match of.breaker.backoff.jitter { Jitter::None => "none", Jitter::Equal => "equal", Jitter::Full => "full" }),
        "The random part of a cooldown: nothing, half or all of it.").code("backoff.jitter"),
    policy("breaker", "decay", Kind::PositiveDuration,
        |to, span| to.cooldown_decay = span.duration(),
        |of| Setting::Duration(of.breaker.backoff.decay),
        "Healthy time after which the next cooldown is one step shorter.").code("backoff.decay"),
    policy("breaker", "half_open_calls", Kind::Count(1),
        |to, count| to.max_trials = count.count(),
        |of| Setting::Count(of.breaker.max_trials),
        "Trials that may run at the same time.").code("max_trials"),
    policy("breaker", "success_threshold", Kind::Count(1),
        |to, count| to.success_threshold = count.count(),
        |of| Setting::Count(of.breaker.success_threshold),
        "Trials that must succeed before the breaker closes.").profiled(),
    policy("breaker", "trial_lease", Kind::PositiveDuration,
        |to, span| to.trial_lease = span.duration(),
        |of| Setting::Duration(of.breaker.trial_lease),
        "How long a trial may hold its place; past it, the next call is the trial."),
    policy("breaker", "abandoned_after", Kind::Duration,
        |to, span| to.abandoned_after = span.duration(),
        |of| Setting::Duration(of.breaker.abandoned_after),
        "A call that its caller drops counts as a failure after this time."),
    policy("breaker", "retry_after_max", Kind::PositiveDuration,
        |to, span| to.retry_after_max = span.duration(),
        |of| Setting::Duration(of.breaker.retry_after_max),
        "The longest `Retry-After` of the dependency that is believed."),

    policy("call", "timeout", Kind::DurationOr("none"),
        |to, span| to.timeout = Some(span.duration()),
        |of| match of.overrides.timeout.unwrap_or(of.timeout) { Some(span) => Setting::Duration(span), None => Setting::Word("none") },
        "How long one attempt may take. Wins over `timeout` of `#[guarded]`."),
    policy("call", "attempts", Kind::Count(1),
        |to, count| to.attempts = count.count(),
        |of| of.overrides.attempts.map_or(Setting::Unsaid("as annotated"), Setting::Count),
        "Tries in all, the first included, of functions with `attempts`. Wins over their argument."),
    policy("call", "backoff", Kind::Range,
        |to, range| if let Setting::Range(first, longest) = range {
            to.backoff = Some(Backoff { initial: *first, max: *longest, ..RetryPolicy::default().backoff });
        },
        |of| { let backoff = of.overrides.backoff.as_ref().unwrap_or(&of.retry.backoff); Setting::Range(backoff.initial, backoff.max) },
        "The wait between attempts, from the first to the longest, doubling. Wins over `backoff` of `#[guarded]`."),
    policy("call", "retry_ratio", Kind::Ratio,
        |to, ratio| to.parts.retry_ratio = ratio.number(),
        |of| of.retry.budget.map_or(Setting::Unsaid("no limit"), |budget| Setting::Number(budget.ratio)),
        "The part of the traffic that may be retries.").code("retry.budget.ratio").profiled(),
    policy("call", "retry_min_per_second", Kind::Count(0),
        |to, count| to.parts.retry_min_per_second = count.count(),
        |of| of.retry.budget.map_or(Setting::Unsaid("no limit"), |budget| Setting::Count(budget.min_per_second)),
        "Retries a second that are allowed in any case.").code("retry.budget.min_per_second"),

    policy("backpressure", "max_inflight", Kind::CountOr("none"),
        |to, count| to.parts.max_inflight = Some(count.count()),
        |of| of.bulkhead.map_or(Setting::Word("none"), |bulkhead| Setting::Count(bulkhead.max_in_flight)),
        "Calls that may run at the same time.").code("bulkhead.max_in_flight"),
    policy("backpressure", "queue", Kind::Count(0),
        |to, count| to.parts.queue = count.count(),
        |of| Setting::Count(of.bulkhead.map_or(0, |bulkhead| bulkhead.queue)),
        "Calls that may wait for a place. Needs `max_inflight`.").code("bulkhead.queue"),
    policy("backpressure", "queue_timeout", Kind::PositiveDuration,
        |to, span| to.parts.queue_timeout = span.duration(),
        |of| Setting::Duration(of.bulkhead.map_or(Duration::from_millis(200), |bulkhead| bulkhead.queue_timeout)),
        "How long a call may wait for a place. Needs `max_inflight`.").code("bulkhead.queue_timeout"),

    gate("mode", Kind::Word(&["enforce", "observe", "disabled"]),
        |to, word| to.mode = match word.word() { "observe" => GateMode::Observe, "disabled" => GateMode::Off, _ => GateMode::Enforce },
        |of| Setting::Word(match of.mode { GateMode::Enforce => "enforce", GateMode::Observe => "observe", GateMode::Off => "disabled" }),
        "Whether verdicts are carried out; `observe` only logs what would be denied."),
    gate("deny_at", Kind::Word(&["degraded", "unhealthy"]),
        |to, word| to.deny_at = if word.word() == "unhealthy" { DenyAt::Unhealthy } else { DenyAt::Degraded },
        |of| Setting::Word(match of.deny_at { DenyAt::Degraded => "degraded", DenyAt::Unhealthy => "unhealthy" }),
        "From which state on a dependency denies."),
    gate("settle", Kind::Duration,
        |to, span| to.settle = span.duration().unwrap_or(to.settle),
        |of| Setting::Duration(of.settle),
        "How long a dependency must have been healthy again after a failure.").profiled(),
    gate("settle_after_open", Kind::Duration,
        |to, span| to.settle_after_open = span.duration().unwrap_or(to.settle_after_open),
        |of| Setting::Duration(of.settle_after_open),
        "The same after its breaker was open, or after somebody else answers under its address.").profiled(),
    gate("max_evidence_age", Kind::DurationOr("auto"),
        |to, span| to.max_evidence_age = span.duration(),
        |of| of.max_evidence_age.map_or(Setting::Word("auto"), Setting::Duration),
        "How old the last success may be; `auto` is twice the probe interval, 30 s at most."),
    gate("preflight", Kind::Word(&["when_stale", "always"]),
        |to, word| to.preflight = if word.word() == "always" { Preflight::Always } else { Preflight::WhenStale },
        |of| Setting::Word(match of.preflight { Preflight::WhenStale => "when_stale", Preflight::Always => "always" }),
        "When the gate probes by itself."),
    gate("preflight_timeout", Kind::PositiveDuration,
        |to, span| to.preflight_timeout = span.duration().unwrap_or(to.preflight_timeout),
        |of| Setting::Duration(of.preflight_timeout),
        "How long such a probe may take."),
    gate("checkpoint", Kind::DurationOr("stop"),
        |to, span| to.checkpoint = span.duration().map_or(Checkpoint::Stop, Checkpoint::Pause),
        |of| match of.checkpoint { Checkpoint::Pause(span) => Setting::Duration(span), Checkpoint::Stop => Setting::Word("stop") },
        "How long a checkpoint pauses while the gate would deny; `stop` fails at once."),

    row(&[At::Level], "", "name", Kind::Text, Target::Level, "What the level is called."),
    row(&[At::Level], "", "when", Kind::Names, Target::Level, "The dependencies that it looks at."),
    row(&[At::Level], "", "state", Kind::Word(STATES), Target::Level, "How bad they must be at least. Default `unhealthy`."),
    row(&[At::Level], "", "needs", Kind::Word(&["all", "any"]), Target::Level, "Whether all of them or any must be. Default `all`."),
];

fn rates(of: &Policy) -> Option<(Window, u32)> {
    let breaker = &of.breaker;
    let failure = breaker
        .failure_rate
        .map(|rate| (rate.window, rate.min_calls));
    failure.or_else(|| {
        breaker
            .slow_call_rate
            .map(|rate| (rate.window, rate.min_calls))
    })
}

/// What the design has, and this version has not: (section, path). Told apart from typing errors.
pub(super) const LATER: &[(At, &str)] = &[
    (At::Root, "service"),
    (At::Root, "store"),
    (At::Root, "http"),
    (At::Root, "fleet"),
    (At::Root, "advisor"),
    (At::Root, "telemetry"),
    (At::Dependency, "readiness"),
    (At::Defaults, "probe.jitter"),
    (At::Defaults, "probe.failures"),
    (At::Defaults, "probe.successes"),
    (At::Defaults, "probe.backoff_max"),
    (At::Defaults, "backpressure.mode"),
    (At::Dependency, "probe.jitter"),
    (At::Dependency, "probe.failures"),
    (At::Dependency, "probe.successes"),
    (At::Dependency, "probe.backoff_max"),
    (At::Dependency, "backpressure.mode"),
    (At::Gate, "on_unknown"),
    (At::Gate, "on_block"),
    (At::Gate, "max_defer"),
    (At::Gate, "bypass_ttl"),
    (At::Gate, "http_status"),
];
