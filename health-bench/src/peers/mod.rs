//! The other circuit breakers of crates.io, each used as its documentation says.
//!
//! One small file each says which of its interfaces is used and how it is set up: always the async
//! one, the rule "so many failures in a row" where there is one, and the fastest set-up that one
//! would use in a service. A breaker is at hand when the call begins; nobody looks one up by name.

mod breaker;
mod breaker_machines;
mod circuitbreaker_rs;
mod execution_policy;
mod failsafe;
mod nobreak;
mod recloser;
mod seatbelt;
mod tower_resilience;

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use crate::contender::Contender;
use crate::keys::Keyed;

/// How a breaker is to be set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tuning {
    /// Failures in a row that trip it.
    pub(crate) failures: u32,
    /// How long it stays open. One trial closes it again.
    pub(crate) cooldown: Duration,
}

/// A circuit breaker of somebody else. Clones share one.
pub(crate) trait Breaker: Clone + Send + Sync + 'static {
    /// What a call ends in when it does not succeed.
    type Error: Debug;

    /// Makes one.
    fn build(tuning: Tuning) -> Self;

    /// Calls [`work`](crate::call::work) through it.
    fn call(&mut self, x: u64) -> impl Future<Output = Result<u64, Self::Error>>;

    /// Whether the breaker turned the call away.
    fn is_refusal(error: &Self::Error) -> bool;

    /// Whether it is closed, where that cannot be told by what it does: one that remembers the
    /// failures of before an outage opens at the first one after it, as a half-open one does.
    fn says_closed(&self) -> Option<bool> {
        None
    }
}

/// How a peer is presented.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    /// What it is called in the tables.
    pub(crate) name: &'static str,
    /// Its name on crates.io.
    pub(crate) package: &'static str,
    /// Which of its interfaces is used, set up in which way.
    pub(crate) how: &'static str,
    /// How much of it is measured.
    pub(crate) part: Part,
}

/// How much of a contender is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything.
    All,
    /// All but the way from an outage back: this set-up cannot be asked for a short one.
    WithoutTrials,
    /// The closed path, threads and sizes: another set-up of it has all the cases.
    Closed,
}

/// What does not take part, and why.
pub(crate) const LEFT_OUT: &[(&str, &str)] = &[
    (
        "`resilient`",
        "its window keeps 24 bytes of every call for ever, so that a run would measure the allocator",
    ),
    (
        "`rssafecircuit`",
        "takes and returns strings only, and writes to standard error at every success",
    ),
    ("`circuit_breaker`", "not for async functions"),
    (
        "`tower-circuitbreaker`",
        "replaced by `tower-resilience`, says its author",
    ),
    ("`rskit-resilience`", "alpha versions only"),
    (
        "`allframe-core`",
        "a web framework; its breaker cannot be had without it",
    ),
    (
        "`breaker-machines` 0.18 to 0.22",
        "need Rust 1.99; 0.17 takes part",
    ),
];

/// Every peer.
///
/// # Errors
///
/// Which peer did not do what its case is called.
pub(crate) fn all() -> Result<Vec<Contender>, String> {
    [
        nobreak::contender(),
        failsafe::contender(),
        failsafe::contender_with_defaults(),
        recloser::contender(),
        breaker::contender(),
        circuitbreaker_rs::contender(),
        seatbelt::contender(),
        seatbelt::contender_with_coarse_clock(),
        execution_policy::contender(),
        breaker_machines::contender(),
        tower_resilience::contender(),
        tower_resilience::contender_with_defaults(),
    ]
    .into_iter()
    .collect()
}

/// The peers that keep a breaker for each key, and what one would write by hand.
pub(crate) fn keyed() -> Vec<Keyed> {
    vec![seatbelt::keyed(), failsafe::keyed_by_hand()]
}
