//! What happens by chance: mostly what goes well, so that things have time to be proven, and every
//! kind of trouble in between.

use std::time::Duration;

use health_runtime::{
    Backoff, BreakerMode, BreakerPolicy, BypassRule, Checkpoint, Criticality, DenyAt,
    DependencyState, FailureRate, GateMode, GatePolicy, Jitter, Preflight, SlowCallRate, Window,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::event::{
    Body, CallSpec, Command, DependencyPlan, Destruction, Ending, Event, History, Order, Route,
    Then,
};
use crate::moody::Mood;
use crate::trouble::{Says, Told, Whose};

fn millis(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_millis)
}

fn span() -> impl Strategy<Value = Duration> {
    prop_oneof![
        3 => millis(1..50),
        6 => millis(50..2_500),
        4 => millis(2_500..15_000),
        1 => millis(15_000..70_000),
    ]
}

pub(crate) fn breaker() -> impl Strategy<Value = BreakerPolicy> {
    let shape = || (select(vec![4u32, 10]), 3u32..=10, 1u32..=4);
    let slow =
        (shape(), millis(100..3_000)).prop_map(|((size, tenths, min_calls), slower_than)| {
            SlowCallRate {
                slower_than,
                rate: f64::from(tenths) / 10.0,
                window: Window::Calls(size),
                min_calls,
            }
        });
    let rate = shape().prop_map(|(size, tenths, min_calls)| FailureRate {
        rate: f64::from(tenths) / 10.0,
        window: Window::Calls(size),
        min_calls,
    });
    let backoff = (
        millis(300..2_000),
        2_000u64..40_000,
        select(vec![Jitter::None, Jitter::Equal, Jitter::Full]),
        millis(4_000..60_000),
    );
    let backoff = backoff.prop_map(|(initial, max, jitter, decay)| Backoff {
        initial,
        multiplier: 2.0,
        max: Duration::from_millis(max),
        jitter,
        decay,
    });
    let mode = prop_oneof![
        12 => Just(BreakerMode::Enforce),
        2 => Just(BreakerMode::Observe),
        1 => Just(BreakerMode::Off),
    ];
    let trials = (1u32..=3, 1u32..=2, millis(1_500..20_000));
    let limits = (millis(500..3_000), millis(3_000..100_000));
    (
        1u32..=4,
        (
            prop::option::weighted(0.3, rate),
            prop::option::weighted(0.2, slow),
        ),
        any::<bool>(),
        trials,
        limits,
        backoff,
        mode,
    )
        .prop_map(
            |(
                consecutive,
                (failure_rate, slow_call_rate),
                by_rate_only,
                trials,
                limits,
                backoff,
                mode,
            )| {
                let by_rate_only =
                    by_rate_only && (failure_rate.is_some() || slow_call_rate.is_some());
                BreakerPolicy {
                    consecutive: (!by_rate_only).then_some(consecutive),
                    failure_rate,
                    slow_call_rate,
                    backoff,
                    success_threshold: trials.0,
                    max_trials: trials.1,
                    trial_lease: trials.2,
                    abandoned_after: limits.0,
                    retry_after_max: limits.1,
                    mode,
                }
            },
        )
}

fn timeout() -> impl Strategy<Value = Option<Duration>> {
    prop::option::weighted(0.6, millis(400..9_000))
}

fn mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        4 => Just(Mood::Answers),
        4 => (0u32..2).prop_map(Mood::AnswersAs),
        2 => Just(Mood::Fails),
        1 => Just(Mood::Panics),
        1 => Just(Mood::Hangs),
        2 => select(vec![137u64, 389, 611, 1_283]).prop_map(Mood::Dawdles),
    ]
}

fn dependency() -> impl Strategy<Value = DependencyPlan> {
    let criticality = prop_oneof![
        2 => Just(Criticality::Critical),
        1 => Just(Criticality::High),
        1 => Just(Criticality::Low),
    ];
    let probe = prop::option::weighted(0.4, mood());
    (breaker(), timeout(), criticality, probe).prop_map(|(breaker, timeout, criticality, probe)| {
        DependencyPlan {
            breaker,
            timeout,
            criticality,
            probe,
        }
    })
}

fn gate() -> impl Strategy<Value = GatePolicy> {
    let mode = prop_oneof![
        8 => Just(GateMode::Enforce),
        1 => Just(GateMode::Observe),
        1 => Just(GateMode::Off),
    ];
    let deny_at = prop_oneof![4 => Just(DenyAt::Degraded), 1 => Just(DenyAt::Unhealthy)];
    let preflight = prop_oneof![4 => Just(Preflight::WhenStale), 1 => Just(Preflight::Always)];
    (
        mode,
        deny_at,
        millis(200..8_000),
        millis(0..20_000),
        millis(2_000..30_000),
        preflight,
        select(vec![433u64, 777]),
    )
        .prop_map(
            |(mode, deny_at, settle, longer, age, preflight, patience)| GatePolicy {
                mode,
                deny_at,
                settle,
                settle_after_open: settle + longer,
                max_evidence_age: Some(age),
                preflight,
                preflight_timeout: Duration::from_millis(patience),
                checkpoint: Checkpoint::Stop,
            },
        )
}

fn told() -> impl Strategy<Value = Told> {
    let says = prop_oneof![
        6 => Just(Says::Failed),
        1 => Just(Says::FailedForGood),
        2 => Just(Says::TookTooLong),
        1 => (1u32..60).prop_map(Says::ComeBackIn),
        2 => Just(Says::Nothing),
        2 => Just(Says::Answered),
        1 => Just(Says::GaveUp),
    ];
    let whose = prop_oneof![
        6 => Just(Whose::Unsaid),
        4 => (0usize..4).prop_map(Whose::Of),
        1 => Just(Whose::Stranger),
    ];
    (says, whose).prop_map(|(says, whose)| Told { says, whose })
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        10 => Just(Ending::Success),
        8 => told().prop_map(Ending::Error),
        1 => Just(Ending::Panic),
    ]
}

fn route() -> impl Strategy<Value = Route> {
    prop_oneof![
        8 => (0usize..4).prop_map(Route::One),
        2 => (0usize..4).prop_map(Route::ByName),
        2 => Just(Route::Pair),
        2 => Just(Route::Backwards),
        1 => Just(Route::All),
    ]
}

fn simple_call() -> impl Strategy<Value = CallSpec> {
    let body = prop_oneof![2 => ending().prop_map(Body::Ends), 1 => Just(Body::Waits)];
    (route(), body).prop_map(|(route, body)| CallSpec { route, body })
}

fn call() -> impl Strategy<Value = CallSpec> {
    let then = select(vec![Then::PassOn, Then::GetOver, Then::GetOverAndWait]);
    let patience = prop::option::weighted(0.3, millis(100..4_000));
    let nested =
        (route(), simple_call(), patience, then).prop_map(|(route, inner, patience, then)| {
            CallSpec {
                route,
                body: Body::Nests {
                    inner: Box::new(inner),
                    patience,
                    then,
                },
            }
        });
    // A panic is nothing to get over. Eight calls of all four blame no more than can be remembered.
    let ending = prop_oneof![1 => Just(Ending::Success), 2 => told().prop_map(Ending::Error)];
    let gets_over =
        (route(), prop::collection::vec((route(), ending), 2..=8)).prop_map(|(route, calls)| {
            CallSpec {
                route,
                body: Body::GetsOver(calls),
            }
        });
    prop_oneof![12 => simple_call(), 8 => nested, 1 => gets_over]
}

fn command() -> impl Strategy<Value = Command> {
    let state = select(vec![
        DependencyState::Healthy,
        DependencyState::Degraded,
        DependencyState::Unhealthy,
    ]);
    let lasts = || prop_oneof![1 => Just(Duration::ZERO), 8 => millis(100..20_000)];
    prop_oneof![
        lasts().prop_map(Command::ForceOpen),
        lasts().prop_map(Command::ForceClosed),
        (state, lasts()).prop_map(|(state, lasts)| Command::SetState(state, lasts)),
        Just(Command::Reset),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    // A call that panics would end the body.
    let ending = prop_oneof![
        1 => Just(Ending::Success),
        1 => told().prop_map(Ending::Error),
    ];
    prop_oneof![
        3 => Just(Order::Check),
        2 => (route(), ending).prop_map(|(route, ending)| Order::Call(route, ending)),
        2 => ending_of_destruction().prop_map(Order::End),
    ]
}

fn ending_of_destruction() -> impl Strategy<Value = Ending> {
    ending()
}

fn event() -> impl Strategy<Value = Event> {
    let dependency = || 0usize..4;
    let quick = || (1u32..12, millis(1..400));
    let destruction = prop_oneof![
        4 => Just(Destruction::Sweep { confirmed: false }),
        1 => Just(Destruction::Sweep { confirmed: true }),
        2 => Just(Destruction::Scrub),
    ];
    prop_oneof![
        20 => call().prop_map(Event::Call),
        12 => (any::<usize>(), ending()).prop_map(|(which, how)| Event::End { which, how }),
        3 => any::<usize>().prop_map(|which| Event::Drop { which }),
        4 => (dependency(), quick()).prop_map(|(dependency, (calls, gap))| Event::Burst {
            dependency,
            calls,
            gap,
        }),
        6 => (dependency(), prop::bool::weighted(0.25)).prop_map(|(dependency, failed)| {
            Event::Report { dependency, failed }
        }),
        2 => (dependency(), command()).prop_map(|(dependency, command)| Event::Operator {
            dependency,
            command,
        }),
        1 => (dependency(), breaker(), timeout()).prop_map(|(dependency, breaker, timeout)| {
            Event::Update {
                dependency,
                breaker: Box::new(breaker),
                timeout,
            }
        }),
        2 => (dependency(), mood()).prop_map(|(dependency, mood)| Event::Mood { dependency, mood }),
        14 => span().prop_map(Event::Pass),
        1 => prop_oneof![span(), (1u64..36_000).prop_map(Duration::from_secs)]
            .prop_map(Event::Sleep),
        10 => destruction.prop_map(|operation| Event::Destroy { operation }),
        8 => (any::<usize>(), order()).prop_map(|(which, order)| Event::Order { which, order }),
        1 => any::<usize>().prop_map(|which| Event::Abort { which }),
    ]
}

/// Histories of two to four dependencies that matter: what depends on the others is little.
pub(crate) fn history() -> impl Strategy<Value = History> {
    let dependencies = [dependency(), dependency(), dependency(), dependency()];
    let mode = prop::option::weighted(
        0.1,
        select(vec![GateMode::Off, GateMode::Observe, GateMode::Enforce]),
    );
    let bypass = prop_oneof![4 => Just(BypassRule::Allow), 1 => Just(BypassRule::Deny)];
    (
        any::<u64>(),
        dependencies,
        2usize..=4,
        gate(),
        mode,
        bypass,
        prop::collection::vec(event(), 1..80),
    )
        .prop_map(
            |(seed, mut dependencies, most, gate, mode, bypass, events)| {
                for idle in &mut dependencies[most..] {
                    idle.criticality = Criticality::Low;
                }
                History {
                    seed,
                    dependencies,
                    gate,
                    mode,
                    bypass,
                    events,
                }
            },
        )
}
