//! When to probe next. Pure.
//!
//! | dependency                          | the next probe                                |
//! |-------------------------------------|-----------------------------------------------|
//! | never probed                        | now                                           |
//! | healthy, traffic has just succeeded | when that success is as old as the interval   |
//! | healthy                             | an interval after the last probe, jittered    |
//! | degraded, half-open                 | a second after it, or an interval if shorter  |
//! | open                                | at the end of the cooldown, itself jittered   |
//! | forced                              | an interval after the last probe              |

use std::time::{Duration, Instant};

use crate::clock::NEVER;
use crate::dependency::Probing;
use crate::state::BreakerState;

/// The longest wait while something is wrong and another probe would tell more.
const WHILE_DEGRADED: Duration = Duration::from_secs(1);

/// The part of an interval that is random, so that a fleet does not probe in step.
const JITTER: f64 = 0.1;

/// Returns how long to wait. `roll` is random in `0.0..1.0`.
pub(crate) fn next(probing: &Probing, last: Option<Instant>, now: Instant, roll: f64) -> Duration {
    let Some(last) = last else {
        return Duration::ZERO;
    };
    let every = probing.every.min(NEVER);
    let jittered = every.mul_f64(1.0 - JITTER + roll * 2.0 * JITTER);
    let due = match probing.breaker {
        BreakerState::Open => probing.until.unwrap_or(now),
        BreakerState::HalfOpen if probing.until.is_some_and(|until| last < until) => now,
        BreakerState::Closed if !probing.is_degraded => {
            let proof = probing.proof.unwrap_or(last);
            last.max(proof) + jittered
        }
        BreakerState::Closed | BreakerState::HalfOpen => last + every.min(WHILE_DEGRADED),
        BreakerState::ForcedOpen | BreakerState::ForcedClosed => last + jittered,
    };
    due.saturating_duration_since(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn healthy() -> Probing {
        Probing {
            breaker: BreakerState::Closed,
            is_degraded: false,
            until: None,
            every: 5 * SECOND,
            proof: None,
        }
    }

    #[test]
    fn the_first_probe_runs_at_once() {
        assert_eq!(next(&healthy(), None, Instant::now(), 0.5), Duration::ZERO);
    }

    #[test]
    fn a_healthy_dependency_is_probed_each_interval_give_or_take_the_jitter() {
        let now = Instant::now();
        assert_eq!(next(&healthy(), Some(now), now, 0.5), 5 * SECOND);
        assert_eq!(
            next(&healthy(), Some(now), now, 0.0),
            Duration::from_millis(4_500)
        );
        assert_eq!(
            next(&healthy(), Some(now), now + 3 * SECOND, 0.5),
            2 * SECOND
        );
    }

    #[test]
    fn an_interval_without_end_leaves_the_loop_alive() {
        let now = Instant::now();
        let never = Probing {
            every: Duration::MAX,
            ..healthy()
        };
        assert!(next(&never, Some(now), now, 1.0) >= NEVER);
        let degraded = Probing {
            is_degraded: true,
            ..never
        };
        assert_eq!(next(&degraded, Some(now), now, 1.0), SECOND);
    }

    #[test]
    fn traffic_that_succeeds_puts_the_probe_off() {
        let start = Instant::now();
        let probing = Probing {
            proof: Some(start + 4 * SECOND),
            ..healthy()
        };
        assert_eq!(
            next(&probing, Some(start), start + 4 * SECOND, 0.5),
            5 * SECOND
        );
    }

    #[test]
    fn a_degraded_dependency_is_looked_at_sooner() {
        let now = Instant::now();
        let probing = Probing {
            is_degraded: true,
            ..healthy()
        };
        assert_eq!(next(&probing, Some(now), now, 0.5), SECOND);
        let eager = Probing {
            every: SECOND / 4,
            ..probing
        };
        assert_eq!(next(&eager, Some(now), now, 0.5), SECOND / 4);
    }

    #[test]
    fn an_open_breaker_is_probed_at_the_end_of_its_cooldown_and_not_before() {
        let now = Instant::now();
        let until = Some(now + 8 * SECOND);
        let open = Probing {
            breaker: BreakerState::Open,
            until,
            ..healthy()
        };
        assert_eq!(next(&open, Some(now), now, 0.5), 8 * SECOND);
        let over = Probing {
            breaker: BreakerState::HalfOpen,
            until,
            ..healthy()
        };
        assert_eq!(
            next(&over, Some(now), now + 8 * SECOND, 0.5),
            Duration::ZERO
        );
    }
}
