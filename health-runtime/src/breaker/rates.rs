//! What the rate rules of a breaker have counted, and whether one of them is met. Pure.
//!
//! | rule        | counts as bad                       | of all                        | is asked when     |
//! |-------------|-------------------------------------|-------------------------------|-------------------|
//! | failures    | failures that are certainly its own | calls that succeeded, failed  | such a call fails |
//! | slow calls  | calls that took too long            | the same                      | such a call ends  |
//!
//! Neutral and cancelled calls are not counted, and neither are trials. A window starts empty
//! whenever the breaker closes: what was counted before the outage says nothing about the time
//! after it. A call whose time nobody knows (a probe, an outcome that was reported by hand) is not
//! slow.

use std::fmt;
use std::time::{Duration, Instant};

use super::config::{BreakerPolicy, FailureRate, SlowCallRate, Window};
use super::window::{Count, Sliding};
use super::word::Metering;

/// What a call did that the rules count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) failed: bool,
    pub(super) slow: bool,
}

/// The windows of the rate rules.
#[derive(Debug, Clone)]
pub(super) struct Rates {
    failures: Option<Sliding>,
    slow: Option<Sliding>,
    /// Quick successes that the shards have counted and the windows were not yet told of.
    untold: u64,
}

/// A rate, in the numbers that people read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reading {
    /// `None` for failures, else the time from which on a call is slow.
    pub(crate) slower_than: Option<Duration>,
    pub(crate) count: Count,
    /// The part that trips.
    pub(crate) limit: f64,
    pub(crate) window: Window,
    pub(crate) min_calls: u32,
}

/// Windows that had to start anew because a policy changed their shape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Restarted {
    pub(crate) failures: bool,
    pub(crate) slow: bool,
}

impl Rates {
    /// Empty windows for the rules of a policy; `None` if it has no rate rule.
    pub(super) fn new(policy: &BreakerPolicy, now: Instant) -> Option<Box<Self>> {
        let window = |window: Window| Sliding::new(window, now);
        let rates = Self {
            failures: policy.failure_rate.map(|rule| window(rule.window)),
            slow: policy.slow_call_rate.map(|rule| window(rule.window)),
            untold: 0,
        };
        (policy.metering() != Metering::None).then(|| Box::new(rates))
    }

    /// Takes in quick successes, at a time that is told later.
    pub(super) fn absorb(&mut self, successes: u64) {
        self.untold = self.untold.saturating_add(successes);
    }

    /// Tells the windows what was absorbed.
    pub(super) fn look(&mut self, now: Instant) {
        let successes = std::mem::take(&mut self.untold);
        for window in [&mut self.failures, &mut self.slow].into_iter().flatten() {
            window.good(successes, now);
        }
    }

    /// Takes in a call that has just ended.
    pub(super) fn call(&mut self, ended: Ended, now: Instant) {
        self.look(now);
        for (window, is_bad) in [
            (&mut self.failures, ended.failed),
            (&mut self.slow, ended.slow),
        ] {
            match window {
                Some(window) if is_bad => window.bad(now),
                Some(window) => window.good(1, now),
                None => {}
            }
        }
    }

    /// Starts empty.
    pub(super) fn restart(&mut self, now: Instant) {
        self.untold = 0;
        for window in [&mut self.failures, &mut self.slow].into_iter().flatten() {
            window.restart(now);
        }
    }

    /// The rule that is met after a call ended so, if one is.
    pub(super) fn met(
        &self,
        policy: &BreakerPolicy,
        ended: Ended,
        now: Instant,
    ) -> Option<Reading> {
        let failures = self.failure_reading(policy, now).filter(|_| ended.failed);
        let slow = self.slow_reading(policy, now).filter(|_| ended.slow);
        failures.into_iter().chain(slow).find(Reading::is_met)
    }

    /// The windows of another policy: those of before where the shape is the same, else empty ones.
    pub(super) fn revised(
        before: Option<Box<Self>>,
        old: &BreakerPolicy,
        new: &BreakerPolicy,
        now: Instant,
    ) -> (Option<Box<Self>>, Restarted) {
        let Some(mut rates) = Self::new(new, now) else {
            return (None, Restarted::default());
        };
        let mut restarted = Restarted::default();
        if let Some(mut before) = before {
            before.look(now);
            let keep = |kept: &mut Option<Sliding>, before: Option<Sliding>, is_same: bool| {
                let (Some(kept), Some(before)) = (kept, before) else {
                    return false;
                };
                let is_kept = is_same && kept.shape() == before.shape();
                if is_kept {
                    *kept = before;
                }
                !is_kept
            };
            // What was slow before may not be slow now: another limit needs another count.
            restarted = Restarted {
                failures: keep(&mut rates.failures, before.failures, true),
                slow: keep(
                    &mut rates.slow,
                    before.slow,
                    old.slower_than() == new.slower_than(),
                ),
            };
        }
        (Some(rates), restarted)
    }

    /// How far each rule is from being met.
    pub(super) fn readings(&self, policy: &BreakerPolicy, now: Instant) -> Vec<Reading> {
        let failures = self.failure_reading(policy, now);
        failures
            .into_iter()
            .chain(self.slow_reading(policy, now))
            .collect()
    }

    fn failure_reading(&self, policy: &BreakerPolicy, now: Instant) -> Option<Reading> {
        let FailureRate {
            rate,
            window,
            min_calls,
        } = policy.failure_rate?;
        Some(Reading {
            slower_than: None,
            count: self.failures.as_ref()?.count(now),
            limit: rate,
            window,
            min_calls,
        })
    }

    fn slow_reading(&self, policy: &BreakerPolicy, now: Instant) -> Option<Reading> {
        let SlowCallRate {
            slower_than,
            rate,
            window,
            min_calls,
        } = policy.slow_call_rate?;
        Some(Reading {
            slower_than: Some(slower_than),
            count: self.slow.as_ref()?.count(now),
            limit: rate,
            window,
            min_calls,
        })
    }
}

impl Reading {
    fn rate(&self) -> f64 {
        match self.count.calls {
            0 => 0.0,
            calls => self.count.bad as f64 / calls as f64,
        }
    }

    /// How many calls are missing until the rule may trip.
    fn short(&self) -> u64 {
        u64::from(self.min_calls).saturating_sub(self.count.calls)
    }

    /// Whether the rate is reached, by enough calls.
    pub(crate) fn is_met(&self) -> bool {
        self.count.calls > 0 && self.short() == 0 && self.rate() >= self.limit
    }

    /// Says what the rule asks for, where nothing is counted.
    pub(crate) fn rule(&self) -> String {
        let (limit, min_calls) = (Percent(self.limit), self.min_calls);
        let what = match self.slower_than {
            None => "failure rate".to_owned(),
            Some(limit) => format!("rate of calls of {limit:?} or longer"),
        };
        let window = match self.window {
            Window::Calls(calls) => format!("of the last {calls} calls"),
            Window::Time(time) => format!("calls in {time:?}"),
        };
        format!("{what} trips at {limit} of at least {min_calls} {window}, counted while closed")
    }

    /// Says why the rule tripped: `12 of 20 calls failed in the last 30s (60% >= 50%)`.
    pub(super) fn tripped(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Count { calls, bad } = self.count;
        let (rate, limit) = (Percent(self.rate()), Percent(self.limit));
        match self.window {
            Window::Calls(_) => write!(f, "{bad} of the last {calls} calls ")?,
            Window::Time(_) => write!(f, "{bad} of {calls} calls ")?,
        }
        match self.slower_than {
            None => f.write_str("failed")?,
            Some(limit) => write!(f, "took {limit:?} or longer")?,
        }
        if let Window::Time(time) = self.window {
            write!(f, " in the last {time:?}")?;
        }
        write!(f, " ({rate} >= {limit})")
    }
}

/// Says how far the rule is from tripping:
/// `failure rate 40% of 15 calls in the last 30s, trips at 50% of at least 20: 5 calls short`.
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.slower_than {
            None => f.write_str("failure rate ")?,
            Some(limit) => write!(f, "rate of calls of {limit:?} or longer ")?,
        }
        let calls = match self.count.calls {
            1 => "call",
            _ => "calls",
        };
        write!(f, "{} of ", Percent(self.rate()))?;
        match (self.window, self.count.calls) {
            (Window::Calls(_), 0) => f.write_str("0 calls")?,
            (Window::Calls(_), count) => write!(f, "the last {count} {calls}")?,
            (Window::Time(time), count) => write!(f, "{count} {calls} in the last {time:?}")?,
        }
        write!(
            f,
            ", trips at {} of at least {}",
            Percent(self.limit),
            self.min_calls
        )?;
        match self.short() {
            0 if self.is_met() => f.write_str(match self.slower_than {
                None => ": reached, the next failure trips",
                Some(_) => ": reached, the next slow call trips",
            }),
            0 => Ok(()),
            1 => f.write_str(": 1 call short"),
            short => write!(f, ": {short} calls short"),
        }
    }
}

/// A part of the whole, for people: `50%`, `33.3%`.
pub(crate) struct Percent(pub(crate) f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 1000.0).round();
        if tenths % 10.0 == 0.0 {
            write!(f, "{:.0}%", tenths / 10.0)
        } else {
            write!(f, "{:.1}%", tenths / 10.0)
        }
    }
}

impl BreakerPolicy {
    /// From when on a call is slow, if a rule asks for that.
    pub(super) fn slower_than(&self) -> Option<Duration> {
        self.slow_call_rate.map(|rule| rule.slower_than)
    }

    /// What the rate rules need of each call.
    pub(super) const fn metering(&self) -> Metering {
        match (&self.failure_rate, &self.slow_call_rate) {
            (_, Some(_)) => Metering::Timed,
            (Some(_), None) => Metering::Counted,
            (None, None) => Metering::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(window: Window, calls: u64, bad: u64) -> Reading {
        Reading {
            slower_than: None,
            count: Count { calls, bad },
            limit: 0.5,
            window,
            min_calls: 20,
        }
    }

    const HALF_A_MINUTE: Window = Window::Time(Duration::from_secs(30));

    #[test]
    fn a_rate_says_how_far_it_is_from_tripping() {
        let text = |window, calls, bad| reading(window, calls, bad).to_string();
        assert_eq!(
            text(HALF_A_MINUTE, 15, 6),
            "failure rate 40% of 15 calls in the last 30s, trips at 50% of at least 20: 5 calls short"
        );
        assert_eq!(
            text(Window::Calls(40), 40, 1),
            "failure rate 2.5% of the last 40 calls, trips at 50% of at least 20"
        );
        assert_eq!(
            text(HALF_A_MINUTE, 20, 10),
            "failure rate 50% of 20 calls in the last 30s, trips at 50% of at least 20: \
             reached, the next failure trips"
        );
        assert_eq!(
            reading(Window::Calls(40), 0, 0).rule(),
            "failure rate trips at 50% of at least 20 of the last 40 calls, counted while closed"
        );
        let slow = Reading {
            slower_than: Some(Duration::from_secs(2)),
            ..reading(HALF_A_MINUTE, 1, 1)
        };
        assert_eq!(
            slow.to_string(),
            "rate of calls of 2s or longer 100% of 1 call in the last 30s, \
             trips at 50% of at least 20: 19 calls short"
        );
    }

    #[test]
    fn nothing_is_met_below_the_minimum_or_below_the_rate() {
        assert!(!reading(HALF_A_MINUTE, 19, 19).is_met());
        assert!(!reading(HALF_A_MINUTE, 20, 9).is_met());
        assert!(reading(HALF_A_MINUTE, 20, 10).is_met());
    }
}
