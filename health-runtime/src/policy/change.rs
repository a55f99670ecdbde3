//! What one policy does differently from another, for people.

use std::fmt::{self, Debug};

use super::{Place, Policies, Policy};
use crate::backoff::Backoff;
use crate::breaker::{FailureRate, Percent, Restarted, SlowCallRate, Window};
use crate::name::Name;

/// What an update of a policy changed, as one list.
///
/// `Display` is for people: `redis: consecutive 5 -> 3, max_trials 1 -> 2`.
///
/// # Examples
///
/// ```
/// use health_runtime::{Dependency, HealthRegistry, Profile};
///
/// let registry = HealthRegistry::builder()
///     .dependency(Dependency::new("search").policy(Profile::Balanced.policy()))
///     .build()
///     .unwrap();
/// let mut policy = Profile::Balanced.policy();
/// policy.breaker.consecutive = Some(8);
/// let change = registry.update_policy("search", policy).unwrap();
/// assert_eq!(change.to_string(), "search: consecutive 5 -> 8");
/// assert_eq!(change.fields()[0].field, "consecutive");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "it says what the update did; log or show it"]
pub struct PolicyChange {
    dependency: Name,
    fields: Vec<FieldChange>,
}

/// One value of a policy that is another one now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldChange {
    /// The field, as [`PolicyPatch`](crate::PolicyPatch) names it; for a key or a role with its
    /// place before it: ``role `metadata`: consecutive``.
    pub field: String,
    /// What it was.
    pub old: String,
    /// What it is.
    pub new: String,
    /// Whether the window of the rule had to start empty, because what it counts is not the same.
    pub restarts_window: bool,
}

impl PolicyChange {
    /// Compares the policies of a dependency before and after an update.
    pub(crate) fn between(
        dependency: Name,
        old: &Policies,
        new: &Policies,
        restarted: Restarted,
    ) -> Self {
        let mut fields = differences(&old.resolve(None, None), &new.resolve(None, None));
        for field in &mut fields {
            field.restarts_window = match &*field.field {
                "failure_rate" => restarted.failures,
                "slow_call_rate" => restarted.slow,
                _ => false,
            };
        }
        let inherited = fields.clone();
        for place in places(old, new) {
            let (key, role) = (place.key.as_deref(), place.role.as_deref());
            let here = differences(&old.resolve(key, role), &new.resolve(key, role));
            let own = here.into_iter().filter(|field| {
                let mut inherited = inherited.iter();
                !inherited.any(|known| {
                    (&known.field, &known.old, &known.new) == (&field.field, &field.old, &field.new)
                })
            });
            fields.extend(own.map(|field| FieldChange {
                field: format!("{place}: {}", field.field),
                ..field
            }));
        }
        Self { dependency, fields }
    }

    /// Returns the dependency whose policy it is.
    #[must_use]
    pub const fn dependency(&self) -> &'static str {
        self.dependency.as_str()
    }

    /// Returns what changed: the dependency's own fields first, then those of its keys and roles.
    #[must_use]
    pub fn fields(&self) -> &[FieldChange] {
        &self.fields
    }

    /// Returns whether everything is as it was.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl fmt::Display for PolicyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.dependency)?;
        if self.is_empty() {
            return f.write_str("nothing changed");
        }
        for (index, change) in self.fields.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.field, self.old, self.new)?;
        if self.restarts_window {
            f.write_str(" (its window starts empty)")?;
        }
        Ok(())
    }
}

/// The keys and roles that either of them says something of.
fn places<'a>(old: &'a Policies, new: &'a Policies) -> std::collections::BTreeSet<&'a Place> {
    [&old.patches, &old.operator, &new.patches, &new.operator]
        .into_iter()
        .flat_map(|patches| patches.keys())
        .filter(|place| **place != Place::default())
        .collect()
}

/// Every field, spelled out, so that a new one does not compile before it is reported here.
fn differences(old: &Policy, new: &Policy) -> Vec<FieldChange> {
    let mut found = Vec::new();
    let mut compare = |field: &str, old: String, new: String| {
        if old != new {
            found.push(FieldChange {
                field: field.to_owned(),
                old,
                new,
                restarts_window: false,
            });
        }
    };
    let (one, other) = (Shown::of(old), Shown::of(new));
    for ((field, old), (_, new)) in one.0.into_iter().zip(other.0) {
        compare(field, old, new);
    }
    found
}

/// All values of a policy, as people read them.
struct Shown(Vec<(&'static str, String)>);

impl Shown {
    fn of(policy: &Policy) -> Self {
        let Policy {
            breaker,
            timeout,
            retry,
            bulkhead,
            overrides,
        } = policy;
        let crate::BreakerPolicy {
            consecutive,
            failure_rate,
            slow_call_rate,
            backoff,
            success_threshold,
            max_trials,
            trial_lease,
            abandoned_after,
            retry_after_max,
            mode,
        } = breaker;
        let mut shown = vec![
            ("consecutive", optional(consecutive.as_ref())),
            ("failure_rate", failure_rate.map_or_else(none, of_failures)),
            (
                "slow_call_rate",
                slow_call_rate.map_or_else(none, of_slow_calls),
            ),
        ];
        let Backoff {
            initial,
            multiplier,
            max,
            jitter,
            decay,
        } = backoff;
        shown.extend([
            ("cooldown", plain(initial)),
            ("cooldown_multiplier", plain(multiplier)),
            ("cooldown_max", plain(max)),
            ("cooldown_jitter", plain(jitter)),
            ("cooldown_decay", plain(decay)),
            ("success_threshold", plain(success_threshold)),
            ("max_trials", plain(max_trials)),
            ("trial_lease", plain(trial_lease)),
            ("abandoned_after", plain(abandoned_after)),
            ("retry_after_max", plain(retry_after_max)),
            ("mode", plain(mode)),
            ("timeout", optional(timeout.as_ref())),
            ("retry", plain(retry)),
            ("bulkhead", optional(bulkhead.as_ref())),
            ("overrides", plain(overrides)),
        ]);
        Self(shown)
    }
}

fn none() -> String {
    "none".to_owned()
}

fn plain(value: &impl Debug) -> String {
    format!("{value:?}")
}

fn optional(value: Option<&impl Debug>) -> String {
    value.map_or_else(none, plain)
}

fn of_failures(rule: FailureRate) -> String {
    let FailureRate {
        rate,
        window,
        min_calls,
    } = rule;
    format!(
        "{} of at least {min_calls} {}",
        Percent(rate),
        of_window(window)
    )
}

fn of_slow_calls(rule: SlowCallRate) -> String {
    let SlowCallRate {
        slower_than,
        rate,
        window,
        min_calls,
    } = rule;
    let rate = Percent(rate);
    format!(
        "{rate} of at least {min_calls} {} take {slower_than:?} or longer",
        of_window(window)
    )
}

fn of_window(window: Window) -> String {
    match window {
        Window::Calls(calls) => format!("of the last {calls} calls"),
        Window::Time(time) => format!("calls in {time:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::policy::PolicyPatch;

    fn change(old: &Policies, new: &Policies) -> String {
        PolicyChange::between(Name::new("redis"), old, new, Restarted::default()).to_string()
    }

    #[test]
    fn what_is_the_same_is_not_listed() {
        let policies = Policies::default();
        assert_eq!(change(&policies, &policies), "redis: nothing changed");
    }

    #[test]
    fn every_change_reads_as_field_old_and_new() {
        let old = Policies::default();
        let mut new = old.clone();
        new.own.breaker.consecutive = None;
        new.own.breaker.failure_rate = Some(FailureRate {
            rate: 0.5,
            window: Window::Time(Duration::from_secs(30)),
            min_calls: 20,
        });
        new.own.breaker.slow_call_rate = Some(SlowCallRate {
            slower_than: Duration::from_secs(2),
            rate: 0.333,
            window: Window::Calls(40),
            min_calls: 10,
        });
        new.own.timeout = None;
        assert_eq!(
            change(&old, &new),
            "redis: consecutive 5 -> none, \
             failure_rate none -> 50% of at least 20 calls in 30s, \
             slow_call_rate none -> 33.3% of at least 10 of the last 40 calls take 2s or longer, \
             timeout 30s -> none"
        );
    }

    #[test]
    fn what_a_role_inherits_is_listed_once_and_what_is_its_own_under_its_name() {
        let mut old = Policies::default();
        let role = Place {
            role: Some("metadata".to_owned()),
            ..Place::default()
        };
        old.patches
            .insert(role.clone(), PolicyPatch::new().consecutive(3));
        let mut new = old.clone();
        new.own.breaker.max_trials = 2;
        new.operator.insert(role, PolicyPatch::new().consecutive(4));
        assert_eq!(
            change(&old, &new),
            "redis: max_trials 1 -> 2, role `metadata`: consecutive 3 -> 4"
        );
    }
}
