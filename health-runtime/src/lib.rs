//! Placeholder, so that the probes compile on this branch.
pub mod probe;
