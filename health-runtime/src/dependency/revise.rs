//! Another policy for a dependency that is in use.

use std::sync::Arc;

use tracing::info;

use super::Entry;
use crate::circuit::Rules;
use crate::policy::{Policies, PolicyChange};

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
            let rules = Rules::new(policies.resolve(None, None));
            let restarted = self.circuit.revise(&rules);
            let report = PolicyChange::between(self.name(), &known, &policies, restarted);
            *known = Arc::new(policies);
            report
        };
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
        Ok(report)
    }
}
