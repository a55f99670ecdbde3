//! The answer of the gate, and the reasons for it.

use std::fmt;
use std::time::Duration;

use super::budget::Budget;
use crate::error::{DependencyUnhealthy, Reason, whole_seconds};
use crate::outcome::FailureKind;
use crate::span::Short;
use crate::state::DependencyState;

/// The answer of the gate to "may this destructive call run now?".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Every condition holds.
    Allow,
    /// At least one condition does not hold.
    Deny(Vec<Veto>),
    /// At least one condition could not be checked, which is no reason to go ahead.
    Indeterminate(Vec<Veto>),
}

impl Verdict {
    /// One veto is enough. What is certain weighs more than what could not be had.
    pub(crate) fn of(vetoes: Vec<Veto>) -> Self {
        if vetoes.is_empty() {
            Self::Allow
        } else if vetoes.iter().all(Veto::is_lack_of_evidence) {
            Self::Indeterminate(vetoes)
        } else {
            Self::Deny(vetoes)
        }
    }

    /// Returns whether the call may run.
    #[must_use]
    pub const fn is_allow(&self) -> bool {
        matches!(self, Self::Allow)
    }

    /// Returns what speaks against it.
    #[must_use]
    pub fn vetoes(&self) -> &[Veto] {
        match self {
            Self::Allow => &[],
            Self::Deny(vetoes) | Self::Indeterminate(vetoes) => vetoes,
        }
    }

    /// Returns the verdict as one word, for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Allow => "allowed",
            Self::Deny(_) => "denied",
            Self::Indeterminate(_) => "indeterminate",
        }
    }

    /// Returns the error for the caller; `None` if the call may run.
    pub(crate) fn refusal(&self) -> Option<DependencyUnhealthy> {
        let reason = match self {
            Self::Allow => return None,
            Self::Deny(vetoes) if vetoes.contains(&Veto::NotInitialised) => Reason::NotInitialised,
            Self::Deny(_) => Reason::GateDenied,
            Self::Indeterminate(_) => Reason::GateIndeterminate,
        };
        let state = self
            .vetoes()
            .iter()
            .map(Veto::state)
            .max()
            .unwrap_or(DependencyState::Degraded);
        Some(DependencyUnhealthy::of_system(
            state,
            reason,
            self.retry_after(),
        ))
    }

    /// The earliest moment at which all vetoes may be gone.
    pub(crate) fn retry_after(&self) -> Duration {
        self.vetoes()
            .iter()
            .map(Veto::retry_after)
            .max()
            .unwrap_or_default()
    }
}

/// For an operator: `denied: redis is degraded (1 timeout 0.4s ago; ...); retry in 3s`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        for (index, veto) in self.vetoes().iter().enumerate() {
            f.write_str(if index == 0 { ": " } else { "; " })?;
            veto.fmt(f)?;
        }
        if !self.is_allow() {
            write!(f, "; retry in {}s", whole_seconds(self.retry_after()))?;
        }
        Ok(())
    }
}

/// One reason not to destroy anything now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Veto {
    /// `init()` has not run: nothing is known of any dependency.
    NotInitialised,
    /// A dependency is degraded or unhealthy.
    State {
        /// Its name.
        dependency: &'static str,
        /// Its state.
        state: DependencyState,
        /// Failures since the last success.
        failures: u32,
        /// The last failure: its kind, and how long ago it was.
        last_failure: Option<(FailureKind, Duration)>,
        /// How long ago the last success was.
        last_success: Option<Duration>,
        /// How recent it has to be.
        needed: Duration,
        /// When a call makes sense again, plus the settle time.
        retry_after: Duration,
    },
    /// A dependency has no recent success.
    Stale {
        /// Its name.
        dependency: &'static str,
        /// How long ago the last success of this epoch was.
        age: Option<Duration>,
        /// How recent it has to be.
        needed: Duration,
        /// Why a probe did not help; empty if none was asked.
        probe: String,
    },
    /// An operator's override hides how the dependency is doing.
    Forced {
        /// Its name.
        dependency: &'static str,
        /// When the override ends.
        retry_after: Duration,
    },
    /// A dependency has not been healthy for long enough.
    Unsettled {
        /// Its name.
        dependency: &'static str,
        /// For how long it has been healthy.
        healthy_for: Duration,
        /// For how long it has to be.
        needed: Duration,
        /// Whether somebody else answers under its address, so that its data may be gone.
        is_new_identity: bool,
    },
    /// There is no dependency to ask: nothing can prove that destroying is safe.
    NoWitness,
    /// A dependency that the operation names does not exist.
    Unknown {
        /// Its name.
        dependency: String,
    },
    /// So many dependencies went bad at once that the observer is the suspect.
    ObserverSuspect {
        /// How many went bad.
        bad: usize,
        /// Of how many.
        of: usize,
        /// Within which time.
        within: Duration,
    },
    /// The runtime's own ticker is silent: this process does not run well enough to judge others.
    ObserverStalled {
        /// For how long.
        silent: Duration,
    },
    /// The operation has used its budget.
    BudgetExhausted {
        /// The budget.
        budget: Budget,
        /// When the next call may run.
        retry_after: Duration,
    },
    /// The intent could not be written to a durable audit trail.
    AuditUnavailable {
        /// The error.
        error: String,
    },
}

impl Veto {
    /// Returns the reason as one word, for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotInitialised => "not_initialised",
            Self::State {
                state: DependencyState::Unhealthy,
                ..
            } => "unhealthy",
            Self::State { .. } => "degraded",
            Self::Stale { .. } => "no_evidence",
            Self::Forced { .. } => "forced",
            Self::Unsettled {
                is_new_identity: true,
                ..
            } => "new_identity",
            Self::Unsettled { .. } => "settling",
            Self::NoWitness => "no_witness",
            Self::Unknown { .. } => "unknown_dependency",
            Self::ObserverSuspect { .. } => "observer_suspect",
            Self::ObserverStalled { .. } => "observer_stalled",
            Self::BudgetExhausted { .. } => "budget_exhausted",
            Self::AuditUnavailable { .. } => "audit_unavailable",
        }
    }

    /// Whether something could not be checked, as opposed to checked and found bad.
    pub(crate) const fn is_lack_of_evidence(&self) -> bool {
        matches!(
            self,
            Self::Stale { .. }
                | Self::Forced { .. }
                | Self::NoWitness
                | Self::Unknown { .. }
                | Self::AuditUnavailable { .. }
        )
    }

    /// Whether a bypass skips it: conditions of health only.
    pub(crate) const fn is_about_health(&self) -> bool {
        matches!(
            self,
            Self::State { .. }
                | Self::Stale { .. }
                | Self::Forced { .. }
                | Self::Unsettled { .. }
                | Self::NoWitness
                | Self::ObserverSuspect { .. }
                | Self::ObserverStalled { .. }
        )
    }

    const fn state(&self) -> DependencyState {
        match self {
            Self::State { state, .. } => *state,
            _ => DependencyState::Degraded,
        }
    }

    fn retry_after(&self) -> Duration {
        match self {
            Self::State { retry_after, .. }
            | Self::Forced { retry_after, .. }
            | Self::BudgetExhausted { retry_after, .. } => *retry_after,
            Self::Unsettled {
                healthy_for,
                needed,
                ..
            } => needed.saturating_sub(*healthy_for),
            Self::ObserverSuspect { within, .. } => *within,
            Self::NotInitialised
            | Self::Stale { .. }
            | Self::NoWitness
            | Self::Unknown { .. }
            | Self::ObserverStalled { .. }
            | Self::AuditUnavailable { .. } => Duration::from_secs(1),
        }
    }
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInitialised => {
                f.write_str("nothing is known of any dependency: call `health_runtime::init().await?` first")
            }
            Self::State { dependency, state, failures, last_failure, last_success, needed, .. } => {
                write!(f, "{dependency} is {state} (")?;
                match last_failure {
                    Some((kind, age)) if *failures <= 1 => {
                        let count = if *failures == 1 { "1" } else { "last" };
                        write!(f, "{count} {kind} {} ago; ", Short(*age))?;
                    }
                    Some((kind, age)) => {
                        write!(f, "{failures} failures, last {kind} {} ago; ", Short(*age))?;
                    }
                    None => {}
                }
                match last_success {
                    Some(age) => write!(f, "last success {} ago", Short(*age))?,
                    None => f.write_str("no success yet")?,
                }
                write!(f, ", needs < {})", Short(*needed))
            }
            Self::Stale { dependency, age, needed, probe } => {
                write!(f, "{dependency} is not proven healthy (")?;
                match age {
                    Some(age) => write!(f, "last success {} ago", Short(*age))?,
                    None => f.write_str("no success yet")?,
                }
                write!(f, ", needs < {}", Short(*needed))?;
                if !probe.is_empty() {
                    write!(f, "; {probe}")?;
                }
                f.write_str(")")
            }
            Self::Forced { dependency, .. } => {
                write!(f, "{dependency} is under an operator's override, which is no proof of health")
            }
            Self::Unsettled { dependency, healthy_for, needed, is_new_identity } => {
                write!(f, "{dependency} healthy for {} of {}", Short(*healthy_for), Short(*needed))?;
                if *is_new_identity {
                    f.write_str(" since somebody else answers there (its data may be gone)")?;
                }
                Ok(())
            }
            Self::NoWitness => f.write_str(
                "no critical dependency is known that could prove it safe: declare one, or name it in `deps = [\"...\"]`",
            ),
            Self::Unknown { dependency } => write!(f, "there is no dependency `{dependency}`"),
            Self::ObserverSuspect { bad, of, within } => write!(
                f,
                "{bad} of {of} dependencies went bad within {}: the fault may be on this side",
                Short(*within)
            ),
            Self::ObserverStalled { silent } => {
                write!(f, "this process did not run for {}: what it knows may be old", Short(*silent))
            }
            Self::BudgetExhausted { budget, .. } => write!(f, "its budget of {budget} is used up"),
            Self::AuditUnavailable { error } => {
                write!(f, "the intent could not be written to the audit trail: {error}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn degraded() -> Veto {
        Veto::State {
            dependency: "redis",
            state: DependencyState::Degraded,
            failures: 1,
            last_failure: Some((FailureKind::Timeout, Duration::from_millis(400))),
            last_success: Some(31 * SECOND),
            needed: 10 * SECOND,
            retry_after: 3 * SECOND,
        }
    }

    fn stale() -> Veto {
        let probe = "its probe did not answer within 1s".to_owned();
        Veto::Stale {
            dependency: "api",
            age: None,
            needed: 10 * SECOND,
            probe,
        }
    }

    #[test]
    fn the_text_for_an_operator_says_needed_and_had() {
        assert_eq!(
            Verdict::of(vec![degraded()]).to_string(),
            "denied: redis is degraded (1 timeout 0.4s ago; last success 31s ago, needs < 10s); retry in 3s"
        );
    }

    #[test]
    fn failures_are_counted_from_the_second_on() {
        let told = |count| {
            let mut veto = degraded();
            if let Veto::State { failures, .. } = &mut veto {
                *failures = count;
            }
            veto.to_string()
        };
        assert!(told(0).contains("(last timeout 0.4s ago;"), "{}", told(0));
        assert!(told(1).contains("(1 timeout 0.4s ago;"), "{}", told(1));
        let many = "(2 failures, last timeout 0.4s ago;";
        assert!(told(2).contains(many), "{}", told(2));
    }

    #[test]
    fn could_not_check_is_never_checked_and_fine() {
        let verdict = Verdict::of(vec![stale()]);
        assert_eq!(verdict.code(), "indeterminate");
        assert_eq!(
            verdict.refusal().unwrap().reason(),
            Reason::GateIndeterminate
        );
    }

    #[test]
    fn what_is_certain_weighs_more_than_what_could_not_be_had() {
        assert_eq!(Verdict::of(vec![stale(), degraded()]).code(), "denied");
    }

    #[test]
    fn only_the_absence_of_every_veto_allows() {
        assert!(Verdict::of(Vec::new()).is_allow());
        assert_eq!(Verdict::of(Vec::new()).refusal(), None);
    }
}
