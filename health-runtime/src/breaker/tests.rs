//! The rules, each row of the table and each invariant; then random histories against a model that
//! was written from the design and not from the code.

mod liveness;
mod model;
mod rates;
mod refusal;
mod revise;
mod rules;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::BreakerPolicy;
use super::machine::Machine;
use super::record::Settle;
use super::transition::{Asker, Refusal, Transition};
use super::word::Word;
use super::{BreakerMode, Override};
use crate::backoff::{Backoff, Jitter};
use crate::outcome::{Blame, Failure, FailureKind, Report};
use crate::state::{BreakerState, DependencyState};

const SECOND: Duration = Duration::from_secs(1);

/// A machine and the time it is told.
struct Bench {
    machine: Machine,
    now: Instant,
}

impl Bench {
    fn new(policy: BreakerPolicy) -> Self {
        assert_eq!(policy.check(), Ok(()));
        let now = Instant::now();
        let machine = Machine::new(Arc::new(policy), Settle::default(), now);
        Self { machine, now }
    }

    /// Three failures trip, no jitter: cooldowns of 1 s, 2 s, 4 s.
    fn plain() -> Self {
        Self::new(plain())
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn ask(&mut self, asker: Asker) -> Result<(Word, Option<Transition>), Refusal> {
        self.machine.check(self.now, asker)?;
        Ok(self.machine.admit(self.now))
    }

    fn admitted(&mut self) -> Word {
        self.ask(Asker::Call).expect("the call is admitted").0
    }

    fn settle(&mut self, word: Word, report: Report) -> Option<Transition> {
        self.machine.settle(word, report, self.now, || 0.5)
    }

    fn fails(&mut self) -> Option<Transition> {
        let word = self.admitted();
        self.settle(word, failure())
    }

    fn succeeds(&mut self) -> Option<Transition> {
        let word = self.admitted();
        self.settle(word, Report::Success)
    }

    fn trips(&mut self) {
        while self.fails().is_none() {}
        assert_eq!(self.state(), BreakerState::Open);
    }

    /// Trips, and lets the cooldown pass.
    fn trips_and_cools_down(&mut self) {
        self.trips();
        self.now = self.machine.until().expect("it is open");
    }

    fn state(&self) -> BreakerState {
        self.machine.breaker_state(self.now)
    }
}

fn plain() -> BreakerPolicy {
    BreakerPolicy {
        consecutive: Some(3),
        backoff: Backoff {
            jitter: Jitter::None,
            ..Backoff::default()
        },
        ..BreakerPolicy::default()
    }
}

fn failure() -> Report {
    Report::Failure(Failure::new(FailureKind::Error, "connection refused"))
}

fn failure_of_one_of_several() -> Report {
    Report::Failure(Failure {
        blame: Blame::Shared,
        ..Failure::new(FailureKind::Error, "one of them")
    })
}

fn retry_after(wait: Duration) -> Report {
    Report::Failure(Failure {
        retry_after: Some(wait),
        ..Failure::new(FailureKind::Error, "429")
    })
}

fn by_operator(lasts: Duration) -> Override {
    Override::new("alice", "INC-42", lasts)
}
