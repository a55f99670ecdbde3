//! Another policy for a dependency that is in use.

#[cfg(feature = "config")]
use std::collections::BTreeMap;
use std::sync::Arc;

use tracing::info;

use super::Entry;
use crate::circuit::Rules;
#[cfg(feature = "config")]
use crate::name::Name;
#[cfg(feature = "config")]
use crate::policy::{Place, PolicyPatch};
use crate::policy::{Policies, PolicyChange};

/// What operators say of a dependency from now on.
#[cfg(feature = "config")]
pub(crate) type Said = (Arc<Entry>, BTreeMap<Place, PolicyPatch>);

/// Puts what operators say into force for several dependencies, for all of them or for none.
///
/// # Errors
///
/// What does not fit the code in force, each problem with the dependency that it is one of.
#[cfg(feature = "config")]
pub(crate) fn revise_all(said: &[Said]) -> Result<(), Vec<(Name, String)>> {
    let reports: Vec<PolicyChange> = {
        // All of them at once, so that what fits stays what fits until it is in force. Reloads take
        // turns, and nobody else holds two of these locks.
        let mut locked: Vec<_> = said
            .iter()
            .map(|(entry, _)| entry.policies.lock())
            .collect();
        let revised = said
            .iter()
            .zip(&locked)
            .map(|((_, operator), known)| Policies {
                operator: operator.clone(),
                ..Policies::clone(known)
            });
        let revised: Vec<Policies> = revised.collect();
        let problems = said
            .iter()
            .zip(&revised)
            .flat_map(|((entry, _), policies)| {
                let name = entry.name();
                policies
                    .problems()
                    .into_iter()
                    .map(move |problem| (name, problem))
            });
        let problems: Vec<(Name, String)> = problems.collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let all = said.iter().zip(&mut locked).zip(revised);
        all.map(|(((entry, _), known), policies)| entry.replace(known, policies))
            .collect()
    };
    for ((entry, _), report) in said.iter().zip(&reports) {
        entry.tell_revised(report);
    }
    Ok(())
}

impl Entry {
    /// Changes the policies of the dependency and puts them into force, all or nothing.
    ///
    /// Nothing is lost: the state, a running cooldown, the epoch, the failures in a row, the level of
    /// the backoff, the proof of health, and what a window has counted as long as its kind and size
    /// stay. A call that runs settles as it would have, by the new rules. Told as one line in the log,
    /// if anything changed.
    ///
    /// # Errors
    ///
    /// All problems of the changed policies, of which none is put into force.
    pub(crate) fn revise(
        &self,
        change: impl FnOnce(&mut Policies),
    ) -> Result<PolicyChange, Vec<String>> {
        let report = {
            // Held to the end: whoever changes something else at the same time starts from this.
            let mut known = self.policies.lock();
            let mut policies = Policies::clone(&known);
            change(&mut policies);
            let problems = policies.problems();
            if !problems.is_empty() {
                return Err(problems);
            }
            self.replace(&mut known, policies)
        };
        self.tell_revised(&report);
        Ok(report)
    }

    /// Puts sound policies in the place of those that are known, under the lock of these.
    fn replace(&self, known: &mut Arc<Policies>, policies: Policies) -> PolicyChange {
        let rules = Rules::new(policies.resolve(None, None));
        let restarted = self.circuit.revise(&rules);
        let report = PolicyChange::between(self.name(), known, &policies, restarted);
        *known = Arc::new(policies);
        report
    }

    /// Takes revised policies to the keys, and tells of them.
    fn tell_revised(&self, report: &PolicyChange) {
        // After the lock, which they take: whoever comes between finds what is in force by then.
        self.refresh_keys();
        if !report.is_empty() {
            self.wake();
            self.context().announce();
            info!(
                target: "health_runtime::policy",
                dependency = report.dependency(),
                fields = report.fields().len(),
                "policy of {report}",
            );
        }
    }
}
