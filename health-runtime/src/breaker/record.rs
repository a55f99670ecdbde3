//! What has been seen of a dependency: the evidence that the gate asks for.
//!
//! Two kinds of memory live here. `last_success` and `last_failure` are for people. `proof`,
//! `identity` and `disturbance` are for the gate, and are dropped whenever they stop proving
//! something: a change of epoch, a resume from suspend, a new configuration.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::outcome::{Failure, FailureKind};

/// How long a dependency must have been healthy again before anything is destroyed on its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settle {
    pub(crate) after_failure: Duration,
    pub(crate) after_open: Duration,
}

impl Default for Settle {
    fn default() -> Self {
        Self {
            after_failure: Duration::from_secs(10),
            after_open: Duration::from_secs(60),
        }
    }
}

/// What disturbed a dependency, from light to grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    Failure,
    WasOpen,
    NewIdentity,
}

impl Trouble {
    fn settle(self, settle: Settle) -> Duration {
        match self {
            Self::Failure => settle.after_failure,
            Self::WasOpen | Self::NewIdentity => settle.after_open.max(settle.after_failure),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Disturbance {
    trouble: Trouble,
    /// When health was lost.
    began: Instant,
    /// `None` while it lasts.
    over_since: Option<Instant>,
}

/// Who answered a probe.
#[derive(Debug)]
struct Identified {
    identity: Arc<str>,
    /// When it last did, unless that proves nothing any more.
    proof: Option<Instant>,
}

/// How far a dependency is from being settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsettled {
    pub(crate) trouble: Trouble,
    pub(crate) healthy_for: Duration,
    pub(crate) needed: Duration,
}

#[derive(Debug, Clone)]
pub(crate) struct SeenFailure {
    pub(crate) kind: FailureKind,
    pub(crate) message: Arc<str>,
    pub(crate) at: Instant,
}

/// What most breakers never see is boxed: there may be ten thousand of them, one for each key.
#[derive(Debug, Default)]
pub(crate) struct Record {
    last_success: Option<Instant>,
    last_failure: Option<Box<SeenFailure>>,
    proof: Option<Instant>,
    identified: Option<Box<Identified>>,
    disturbance: Option<Box<Disturbance>>,
}

impl Record {
    pub(crate) fn success(&mut self, now: Instant) {
        self.last_success = Some(now);
        self.proof = Some(now);
    }

    pub(crate) fn failure(&mut self, failure: &Failure, now: Instant) {
        let seen = SeenFailure {
            kind: failure.kind,
            message: Arc::from(&*failure.message),
            at: now,
        };
        match &mut self.last_failure {
            Some(last) => **last = seen,
            none => *none = Some(Box::new(seen)),
        }
    }

    /// Notes that health was lost. A graver trouble that is not yet settled stays the graver one.
    pub(crate) fn disturb(&mut self, trouble: Trouble, now: Instant, settle: Settle) {
        let unsettled = self.unsettled(now, settle).is_some();
        let old = self.disturbance.as_deref().filter(|_| unsettled);
        let disturbance = Disturbance {
            trouble: old.map_or(trouble, |old| old.trouble.max(trouble)),
            began: match old {
                Some(old) if old.over_since.is_none() => old.began,
                _ => now,
            },
            over_since: None,
        };
        match &mut self.disturbance {
            Some(known) => **known = disturbance,
            none => *none = Some(Box::new(disturbance)),
        }
    }

    /// Notes that health is back: from here on the settle time runs.
    pub(crate) fn recovered(&mut self, now: Instant) {
        if let Some(disturbance) = &mut self.disturbance {
            disturbance.over_since.get_or_insert(now);
        }
    }

    /// Returns what is missing until the dependency counts as settled, if anything is.
    pub(crate) fn unsettled(&self, now: Instant, settle: Settle) -> Option<Unsettled> {
        let Disturbance {
            trouble,
            over_since,
            ..
        } = **self.disturbance.as_ref()?;
        let needed = trouble.settle(settle);
        let healthy_for =
            over_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        (over_since.is_none() || healthy_for < needed).then_some(Unsettled {
            trouble,
            healthy_for,
            needed,
        })
    }

    /// Takes in who answered the probe. Returns the one before, when it was somebody else.
    pub(crate) fn identify(
        &mut self,
        identity: &str,
        now: Instant,
        settle: Settle,
    ) -> Option<Arc<str>> {
        let Some(known) = &mut self.identified else {
            self.identified = Some(Box::new(Identified {
                identity: Arc::from(identity),
                proof: Some(now),
            }));
            return None;
        };
        known.proof = Some(now);
        if *known.identity == *identity {
            return None;
        }
        let before = std::mem::replace(&mut known.identity, Arc::from(identity));
        let still_in_trouble = self
            .disturbance
            .as_ref()
            .is_some_and(|old| old.over_since.is_none());
        self.disturb(Trouble::NewIdentity, now, settle);
        if !still_in_trouble {
            self.recovered(now);
        }
        Some(before)
    }

    /// Forgets what the gate could take for proof, and keeps what people read.
    pub(crate) fn void(&mut self) {
        self.proof = None;
        if let Some(known) = &mut self.identified {
            known.proof = None;
        }
    }

    /// Notes that nobody saw from `since` to `now` how the dependency was doing. What had settled by then
    /// stays settled; what had not begins anew.
    pub(crate) fn unobserved(&mut self, since: Instant, now: Instant, settle: Settle) {
        if self.unsettled(since, settle).is_some()
            && let Some(disturbance) = &mut self.disturbance
            && disturbance.over_since.is_some()
        {
            disturbance.over_since = Some(now);
        }
    }

    pub(crate) const fn last_success(&self) -> Option<Instant> {
        self.last_success
    }

    pub(crate) fn last_failure(&self) -> Option<&SeenFailure> {
        self.last_failure.as_deref()
    }

    /// The last success of the present epoch.
    ///
    /// When the dependency says who it is, only an answer that carries the name is proof: traffic
    /// that succeeds on a server which came back empty proves nothing about what is in it.
    pub(crate) fn proof(&self) -> Option<Instant> {
        match &self.identified {
            Some(known) => known.proof,
            None => self.proof,
        }
    }

    pub(crate) fn identity(&self) -> Option<&Arc<str>> {
        self.identified.as_ref().map(|known| &known.identity)
    }

    /// When health was lost last.
    pub(crate) fn went_bad(&self) -> Option<Instant> {
        self.disturbance
            .as_ref()
            .map(|disturbance| disturbance.began)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn settle() -> Settle {
        Settle {
            after_failure: 10 * SECOND,
            after_open: 60 * SECOND,
        }
    }

    #[test]
    fn a_new_process_has_nothing_to_settle() {
        assert_eq!(Record::default().unsettled(Instant::now(), settle()), None);
    }

    #[test]
    fn health_was_lost_with_the_first_of_failures_in_a_row_and_again_after_a_recovery() {
        let start = Instant::now();
        let mut record = Record::default();
        record.disturb(Trouble::Failure, start, settle());
        record.disturb(Trouble::Failure, start + 5 * SECOND, settle());
        assert_eq!(record.went_bad(), Some(start));
        record.recovered(start + 6 * SECOND);
        record.disturb(Trouble::Failure, start + 7 * SECOND, settle());
        assert_eq!(record.went_bad(), Some(start + 7 * SECOND));
    }

    #[test]
    fn the_settle_time_runs_from_the_recovery_not_from_the_failure() {
        let start = Instant::now();
        let mut record = Record::default();
        record.disturb(Trouble::Failure, start, settle());
        assert!(record.unsettled(start + 100 * SECOND, settle()).is_some());
        record.recovered(start + 100 * SECOND);
        let missing = record.unsettled(start + 104 * SECOND, settle()).unwrap();
        assert_eq!(
            (missing.healthy_for, missing.needed),
            (4 * SECOND, 10 * SECOND)
        );
        assert_eq!(record.unsettled(start + 110 * SECOND, settle()), None);
    }

    #[test]
    fn a_failure_within_the_long_settle_time_starts_the_long_one_again() {
        let start = Instant::now();
        let mut record = Record::default();
        record.disturb(Trouble::WasOpen, start, settle());
        record.recovered(start);
        record.disturb(Trouble::Failure, start + 50 * SECOND, settle());
        record.recovered(start + 51 * SECOND);
        assert!(record.unsettled(start + 110 * SECOND, settle()).is_some());
        assert_eq!(record.unsettled(start + 111 * SECOND, settle()), None);
    }

    #[test]
    fn a_new_identity_settles_as_long_as_an_outage() {
        let start = Instant::now();
        let mut record = Record::default();
        assert_eq!(record.identify("first", start, settle()), None);
        assert_eq!(record.unsettled(start, settle()), None);
        assert_eq!(record.identify("first", start + SECOND, settle()), None);
        assert_eq!(
            record
                .identify("second", start + SECOND, settle())
                .as_deref(),
            Some("first")
        );
        let missing = record.unsettled(start + SECOND, settle()).unwrap();
        assert_eq!(
            (missing.trouble, missing.needed),
            (Trouble::NewIdentity, 60 * SECOND)
        );
    }

    #[test]
    fn a_new_identity_amid_trouble_does_not_end_the_trouble() {
        let start = Instant::now();
        let mut record = Record::default();
        record.identify("first", start, settle());
        record.disturb(Trouble::WasOpen, start, settle());
        record.identify("second", start + SECOND, settle());
        assert!(record.unsettled(start + 1000 * SECOND, settle()).is_some());
    }

    #[test]
    fn time_that_nobody_saw_is_no_time_of_health_unless_it_had_settled_before() {
        let start = Instant::now();
        let mut record = Record::default();
        record.disturb(Trouble::Failure, start, settle());
        let (since, now) = (start + 4 * SECOND, start + 100 * SECOND);
        record.unobserved(since, now, settle());
        record.recovered(start);
        record.unobserved(since, now, settle());
        assert!(record.unsettled(now + 9 * SECOND, settle()).is_some());
        assert_eq!(record.unsettled(now + 10 * SECOND, settle()), None);
        record.unobserved(now + 10 * SECOND, now + 100 * SECOND, settle());
        assert_eq!(record.unsettled(now + 100 * SECOND, settle()), None);
    }

    #[test]
    fn traffic_is_no_proof_for_a_dependency_that_says_who_it_is() {
        let start = Instant::now();
        let mut record = Record::default();
        record.success(start);
        assert_eq!(record.proof(), Some(start));
        record.identify("first", start, settle());
        record.success(start + 5 * SECOND);
        assert_eq!(record.proof(), Some(start));
    }
}
