//! Tells transitions to people: each once, as a story; a flapping dependency in summaries.
//!
//! Subscribers of the events are user code, and may use the dependency that they are told of.

use std::time::{Duration, Instant};

use tracing::info;

use super::Circuit;
use crate::breaker::Transition;
use crate::name::Name;
use crate::span::Short;
use crate::state::BreakerState;

/// How many transitions are told in full per [`INTERVAL`]. An outage has 11 in its first minute with
/// the default backoff, and its end must not go unsaid: room for two, with quicker trials.
const IN_FULL: u32 = 30;
const INTERVAL: Duration = Duration::from_secs(60);

/// The same for all keys of a dependency together: a million of them must not fill a disk. Room for
/// some ten hosts that fail at the same time.
const IN_FULL_OF_KEYS: u32 = 100;

/// Which transitions are told in full. Pure.
#[derive(Debug)]
pub(crate) struct Throttle {
    in_full: u32,
    interval_began: Option<Instant>,
    told: u32,
    suppressed: u32,
}

/// How a transition is told. Taken under the lock of the story, told after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Telling {
    /// How many went untold before this one, once their interval is over.
    summary: Option<u32>,
    in_full: bool,
}

impl Throttle {
    const fn new(in_full: u32) -> Self {
        Self {
            in_full,
            interval_began: None,
            told: 0,
            suppressed: 0,
        }
    }

    /// For the circuit of a dependency.
    pub(super) const fn of_a_dependency() -> Self {
        Self::new(IN_FULL)
    }

    /// For the circuits of all its keys and roles together.
    pub(super) const fn of_its_keys() -> Self {
        Self::new(IN_FULL_OF_KEYS)
    }

    pub(super) fn next(&mut self, now: Instant) -> Telling {
        let summary = self.end_interval(now);
        self.interval_began.get_or_insert(now);
        let in_full = self.told < self.in_full;
        if in_full {
            self.told += 1
        } else {
            self.suppressed += 1
        }
        Telling { summary, in_full }
    }

    /// Ends the interval if its time is over. Returns how many transitions went untold in it.
    pub(super) fn end_interval(&mut self, now: Instant) -> Option<u32> {
        let began = self.interval_began?;
        if now.saturating_duration_since(began) < INTERVAL {
            return None;
        }
        let suppressed = std::mem::replace(self, Self::new(self.in_full)).suppressed;
        (suppressed > 0).then_some(suppressed)
    }
}

impl Telling {
    /// Tells a transition, if it is not only counted.
    pub(super) fn tell(
        &self,
        circuit: &Circuit,
        transition: &Transition,
        last_error: Option<&str>,
    ) {
        if let Some(suppressed) = self.summary {
            match circuit.part() {
                None => summarise(circuit, suppressed),
                Some(_) => summarise_keys(circuit.name(), suppressed),
            }
        }
        if self.in_full {
            tell_in_full(circuit, transition, last_error);
        }
    }
}

/// Tells how many transitions went untold.
pub(super) fn summarise(circuit: &Circuit, suppressed: u32) {
    info!(
        target: "health_runtime::breaker",
        dependency = %circuit.name(),
        part = circuit.part(),
        suppressed,
        "{circuit} is flapping: {suppressed} more transitions in the last {}",
        Short(INTERVAL),
    );
}

/// Tells how many transitions of the keys and roles of a dependency went untold.
pub(super) fn summarise_keys(dependency: Name, suppressed: u32) {
    info!(
        target: "health_runtime::breaker",
        %dependency,
        suppressed,
        "keys of {dependency} are flapping: {suppressed} more transitions in the last {}",
        Short(INTERVAL),
    );
}

fn tell_in_full(circuit: &Circuit, transition: &Transition, last_error: Option<&str>) {
    let Transition {
        from,
        to,
        epoch,
        cause,
        lasts,
    } = transition;
    let chapter = match to {
        BreakerState::Closed => "healthy again",
        BreakerState::HalfOpen => "recovering",
        BreakerState::Open => "unhealthy",
        BreakerState::ForcedOpen | BreakerState::ForcedClosed => "overridden",
    };
    let retry = match (to, lasts) {
        (_, None | Some(Duration::ZERO)) => String::new(),
        (BreakerState::Open, Some(lasts)) => format!("; next trial in {}", Short(*lasts)),
        (_, Some(lasts)) => format!("; for {}", Short(*lasts)),
    };
    let error = match (to, last_error) {
        (BreakerState::Open, Some(error)) => format!(" ({error})"),
        _ => String::new(),
    };
    info!(
        target: "health_runtime::breaker",
        dependency = %circuit.name(),
        part = circuit.part(),
        %from,
        %to,
        epoch,
        %cause,
        retry_after_ms = lasts.map(|lasts| lasts.as_millis() as u64),
        "{circuit} is {chapter}: {from} -> {to}, {cause}{error}{retry}",
    );
}

/// Tells that somebody else answers under the dependency's address.
pub(crate) fn tell_identity(dependency: Name, before: &str, now: &str) {
    info!(
        target: "health_runtime::breaker",
        %dependency,
        before,
        now,
        "{dependency} came back as somebody else ({before} -> {now}): its data may be gone, \
         the gate settles anew",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flapping_dependency_is_told_in_full_first_and_then_in_sum() {
        let start = Instant::now();
        let mut throttle = Throttle::of_a_dependency();
        let told: Vec<bool> = (0..50).map(|_| throttle.next(start).in_full).collect();
        assert_eq!(told.iter().filter(|told| **told).count(), IN_FULL as usize);
        assert!(
            told[..IN_FULL as usize].iter().all(|told| *told),
            "the first ones are told"
        );
        assert_eq!(throttle.end_interval(start + INTERVAL / 2), None);
        let next = throttle.next(start + INTERVAL);
        assert_eq!(
            next,
            Telling {
                summary: Some(50 - IN_FULL),
                in_full: true
            }
        );
    }

    #[test]
    fn all_keys_together_are_told_a_hundred_times_in_each_interval() {
        let start = Instant::now();
        let mut throttle = Throttle::of_its_keys();
        for interval in 0..3 {
            let now = start + interval * INTERVAL;
            let told = (0..500).filter(|_| throttle.next(now).in_full).count();
            assert_eq!(told, IN_FULL_OF_KEYS as usize, "interval {interval}");
        }
    }

    #[test]
    fn a_quiet_interval_has_no_summary() {
        let start = Instant::now();
        let mut throttle = Throttle::of_a_dependency();
        throttle.next(start);
        assert_eq!(throttle.end_interval(start + INTERVAL), None);
        assert!(throttle.next(start + 2 * INTERVAL).in_full);
    }
}
