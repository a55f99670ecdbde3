//! The times of `health-runtime`, all shorter by the same factor, so that a round of an outage and
//! of what follows takes about a second.
//!
//! Every time that the rules of breakers, probes and the gate work with keeps its proportion to the
//! others: it is the default divided by the speed. What is not divided is how long an answer may
//! take: 10 ms for a probe would make an outage of every busy moment of this machine. So timeouts
//! are longer here, compared with all the rest, than in production; an outage is noticed later.

use std::time::Duration;

use health_runtime::config::Config;
use health_runtime::{
    Backoff, BreakerPolicy, Budget, Checkpoint, Dependency, GatePolicy, OperationPolicy, Preflight,
};

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_millis(150);

/// How often a live session shows that it lives, before the division: well within the settle times,
/// which are there so that signs of life can come in again.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// What the attribute of `terminate_session` allows, before the division.
const BUDGET: (u32, Duration) = (30, Duration::from_secs(60));

/// How often a dependency is probed by default.
const PROBE_EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy)]
pub struct Times {
    speed: u32,
}

impl Times {
    pub const fn faster_by(speed: u32) -> Self {
        Self { speed }
    }

    pub fn heartbeat(self) -> Duration {
        HEARTBEAT / self.speed
    }

    pub fn probe_every(self) -> Duration {
        PROBE_EVERY / self.speed
    }

    pub fn gate(self) -> GatePolicy {
        let default = GatePolicy::default();
        let checkpoint = match default.checkpoint {
            Checkpoint::Pause(limit) => Checkpoint::Pause(limit / self.speed),
            other => other,
        };
        GatePolicy {
            settle: default.settle / self.speed,
            settle_after_open: default.settle_after_open / self.speed,
            preflight_timeout: PATIENCE,
            // As in the demo: sessions end for good, and a round trip before each end is cheap.
            preflight: Preflight::Always,
            checkpoint,
            ..default
        }
    }

    pub fn dependency(self, name: &str) -> Dependency {
        let default = BreakerPolicy::default();
        let breaker = BreakerPolicy {
            backoff: Backoff {
                initial: default.backoff.initial / self.speed,
                max: default.backoff.max / self.speed,
                decay: default.backoff.decay / self.speed,
                ..default.backoff
            },
            trial_lease: default.trial_lease / self.speed,
            ..default
        };
        Dependency::new(name).breaker(breaker)
    }

    /// What the attributes of the probes say otherwise, and only an operator may change.
    pub fn config(self) -> Config {
        let (every, timeout) = (self.probe_every(), PATIENCE);
        let probe = |name| {
            format!(
                "[deps.{name}]\nprobe = {{ interval = \"{every:?}\", timeout = \"{timeout:?}\" }}\n"
            )
        };
        let text = format!("version = 1\n{}{}", probe("redis"), probe("api"));
        Config::toml("times", text).without_env()
    }

    /// What differs for `terminate_session`.
    pub fn termination(self) -> OperationPolicy {
        let (permits, per) = BUDGET;
        OperationPolicy {
            budget: Some(Budget::new(permits, per / self.speed)),
            ..OperationPolicy::default()
        }
    }
}
