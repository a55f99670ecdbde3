//! Several dependencies, and guarded calls within guarded calls: who is to blame, and who is not.
//!
//! The rules, from the design: (1) what a nested guarded call has already recorded is not recorded
//! again; (2) else what the error says of itself; (3) else, with one dependency, that one; (4) else
//! every named dependency is degraded and none is counted.
#![allow(clippy::unwrap_used, reason = "where a test cannot go on, it fails")]

mod blame;
mod cancelled;
mod joined;
mod outlived;
mod own_trial;
mod panicked;
mod probed;
mod refused;
#[path = "../support/subject.rs"]
mod subject;
mod vitals;
