//! What a configuration gives to a dependency.

use std::collections::BTreeMap;

use crate::dependency::Settings;
use crate::policy::{Place, PolicyPatch};

/// What a dependency is given.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) operator: BTreeMap<Place, PolicyPatch>,
    pub(super) tuning: Tuning,
}

/// The settings of a dependency that a configuration can change.
#[derive(Clone, Default)]
pub(super) struct Tuning(pub(super) Settings);

impl PartialEq for Tuning {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.0, &other.0);
        (
            one.criticality,
            one.evidence,
            one.probe_every,
            one.probe_timeout,
        ) == (
            two.criticality,
            two.evidence,
            two.probe_every,
            two.probe_timeout,
        )
    }
}

impl std::fmt::Debug for Tuning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tuning")
            .field("criticality", &self.0.criticality)
            .field("evidence", &self.0.evidence)
            .field("probe_every", &self.0.probe_every)
            .field("probe_timeout", &self.0.probe_timeout)
            .finish()
    }
}
