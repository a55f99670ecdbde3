//! Everything that can go wrong, in every combination: only the one in which nothing is wrong runs
//! the body.

use std::sync::Arc;
use std::time::Duration;

use health_runtime::clock::ManualClock;
use health_runtime::{Criticality, Dependency, DependencyState, Override};

use crate::support::operations::{drop_index, purge};
use crate::support::{Manner, Mood, Plan, SECOND, Trail, pass};

/// What is known of the critical dependencies when the call comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Fresh,
    Stale,
    /// Nothing, as right after the start.
    Nothing,
    Recovered,
    Degraded,
    Open,
    TrialInFlight,
    SettlingAfterFailure,
    SettlingAfterOutage,
    Reset,
    Forced(DependencyState),
}

const KNOWN: [Known; 13] = [
    Known::Fresh,
    Known::Stale,
    Known::Nothing,
    Known::Recovered,
    Known::Degraded,
    Known::Open,
    Known::TrialInFlight,
    Known::SettlingAfterFailure,
    Known::SettlingAfterOutage,
    Known::Reset,
    Known::Forced(DependencyState::Healthy),
    Known::Forced(DependencyState::Degraded),
    Known::Forced(DependencyState::Unhealthy),
];

/// How a probe answers if one is asked now. Before, it was answered as `AnswersAs(1)`.
const MOODS: [Mood; 8] = [
    Mood::AnswersAs(1),
    Mood::AnswersAs(2),
    Mood::AnswersAsAnybody,
    Mood::Answers,
    Mood::Fails,
    Mood::Hangs,
    Mood::Panics,
    Mood::Dawdles(Duration::from_secs(5)),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Record {
    Writes,
    Fails,
    Hangs,
    FailsButIsNotDurable,
}

const RECORDS: [Record; 4] = [
    Record::Writes,
    Record::Fails,
    Record::Hangs,
    Record::FailsButIsNotDurable,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Process {
    Runs,
    /// It slept, and nobody has noticed yet.
    JustWokeUp,
    /// It slept, and the ticker has noticed.
    WokeUp,
    /// Its ticker is stuck.
    Stalls,
}

const PROCESSES: [Process; 4] = [
    Process::Runs,
    Process::JustWokeUp,
    Process::WokeUp,
    Process::Stalls,
];

#[derive(Debug, Clone, Copy)]
struct Case {
    known: Known,
    mood: Mood,
    record: Record,
    process: Process,
    is_initialised: bool,
    has_all_dependencies: bool,
    others_went_bad: bool,
}

impl Case {
    /// Written without a look at the gate: what the contract says.
    fn may_run(self) -> bool {
        let is_proven = match (self.known, self.process) {
            (Known::Fresh | Known::Recovered, Process::Runs) => true,
            (Known::Fresh | Known::Recovered, Process::WokeUp)
            | (Known::Stale, Process::Runs | Process::WokeUp) => self.mood == Mood::AnswersAs(1),
            // Whoever answers first is who is there.
            (Known::Nothing, Process::Runs) => matches!(
                self.mood,
                Mood::AnswersAs(_) | Mood::AnswersAsAnybody | Mood::Answers
            ),
            _ => false,
        };
        let is_on_record = matches!(self.record, Record::Writes | Record::FailsButIsNotDurable);
        is_proven
            && is_on_record
            && self.is_initialised
            && self.has_all_dependencies
            && !self.others_went_bad
    }
}

/// Time passes on both clocks.
async fn live(clock: &ManualClock, seconds: u32) {
    for _ in 0..seconds {
        clock.advance(SECOND);
        pass(SECOND).await;
    }
}

async fn act_out(case: Case) -> bool {
    let clock = ManualClock::new();
    let trail = Trail::new();
    let low = |name| Dependency::new(name).criticality(Criticality::Low);
    let is_new = case.known == Known::Nothing;
    let mut house = Plan {
        clock: Arc::new(clock.clone()),
        others: ["one", "two", "three"].map(low).into(),
        trail: match case.record {
            Record::FailsButIsNotDurable => trail.not_durable(),
            _ => trail,
        },
        mood: if is_new {
            case.mood
        } else {
            Mood::AnswersAs(1)
        },
        ..Plan::default()
    }
    .build()
    .await;
    if !is_new {
        house.purge().await.is_allowed();
    }
    let why = || Override::new("alice", "INC-42", 600 * SECOND);
    match case.known {
        Known::Fresh | Known::Nothing => {}
        Known::Stale => live(&clock, 11).await,
        Known::Recovered => {
            house.fail("redis");
            live(&clock, 13).await;
            house.purge().await.is_allowed();
        }
        Known::Degraded => {
            house.probe.is_now(Mood::Hangs);
            house.fail("redis");
        }
        Known::Open => house.trip("redis").await,
        Known::TrialInFlight => {
            house.probe.is_now(Mood::Hangs);
            house.trip("redis").await;
            live(&clock, 1).await;
        }
        Known::SettlingAfterFailure => {
            house.fail("redis");
            live(&clock, 2).await;
        }
        Known::SettlingAfterOutage => {
            house.trip("redis").await;
            live(&clock, 4).await;
        }
        Known::Reset => {
            house.trip("redis").await;
            house.registry.reset("redis", why()).unwrap();
        }
        Known::Forced(state) => house.registry.set_state("redis", state, why()).unwrap(),
    }
    house.probe.is_now(case.mood);
    match case.process {
        Process::Runs => {}
        Process::JustWokeUp => clock.advance_wall(3600 * SECOND),
        Process::WokeUp => {
            clock.advance_wall(3600 * SECOND);
            pass(SECOND + SECOND / 10).await;
        }
        Process::Stalls => clock.advance(6 * SECOND),
    }
    if case.others_went_bad {
        for name in ["one", "two", "three"] {
            house.fail(name);
        }
    }
    house.trail.behaves(match case.record {
        Record::Writes => Manner::Writes,
        Record::Fails | Record::FailsButIsNotDurable => Manner::Fails,
        Record::Hangs => Manner::Hangs,
    });
    if !case.is_initialised {
        drop(house.guard.take());
    }
    let answer = if case.has_all_dependencies {
        house.ask(purge).await
    } else {
        // `search` is not among them.
        house.ask(drop_index).await
    };
    assert_eq!(answer.ran, answer.error.is_none(), "{case:?}: {answer:?}");
    assert_eq!(answer.ran, answer.codes.is_empty(), "{case:?}: {answer:?}");
    answer.ran
}

#[tokio::test(start_paused = true)]
async fn no_combination_but_the_good_one_runs_the_body() {
    let (mut cases, mut ran) = (0, 0);
    for known in KNOWN {
        for mood in MOODS {
            for record in RECORDS {
                for process in PROCESSES {
                    // None of the three, each alone, all of them.
                    for bits in [0, 1, 2, 4, 7] {
                        let case = Case {
                            known,
                            mood,
                            record,
                            process,
                            is_initialised: bits & 1 == 0,
                            has_all_dependencies: bits & 2 == 0,
                            others_went_bad: bits & 4 != 0,
                        };
                        // The ticker would have let the first probes run.
                        if known == Known::Nothing && process == Process::WokeUp {
                            continue;
                        }
                        let has_run = act_out(case).await;
                        assert_eq!(has_run, case.may_run(), "{case:?}");
                        cases += 1;
                        ran += usize::from(has_run);
                    }
                }
            }
        }
    }
    assert_eq!((cases, ran), (8_160, 48), "the sweep is not what it was");
}
