//! What was aimed at, and what may not get worse.
//!
//! One table for both. A target is what the design asks for; the tables say whether it is met. A limit
//! is what `--check` fails at: it stands on what repeats exactly (instructions, allocations, bytes),
//! never on nanoseconds, nor on ratios of them. Where a target is met, the limit is the target;
//! where it is missed, the limit is what was last reached, so that it cannot get worse unseen. For
//! instructions that is with a twentieth more: what the compiler draws into what changes a little with
//! any other part of the program.

use crate::number::{number, per_call, ratio, whole};
use crate::ours::breaker::NAME;
use crate::ours::layers::{DESTRUCTIVE, FOUR, GUARDED, INLINED, KEY, TIMEOUT_WAITING, TWO};
use crate::plain;
use crate::suite::Results;

/// One thing that was aimed at, or that may not get worse.
pub(crate) struct Target {
    /// What it is about.
    pub(crate) what: &'static str,
    /// What it is counted in.
    pub(crate) unit: Unit,
    /// What the design asks for; none where it asks for nothing.
    pub(crate) aim: Option<Bound>,
    /// What `--check` fails at; none for what does not repeat.
    pub(crate) limit: Option<Bound>,
    /// What came of it. None where it could not be measured.
    pub(crate) measure: fn(&Results) -> Option<f64>,
}

/// What a value is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    Instructions,
    Allocations,
    Bytes,
    /// Of two values of the same run.
    Ratio,
}

/// Which values are good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

use Bound::{AtLeast, AtMost};
use Unit::{Allocations, Bytes, Instructions, Nanoseconds, Ratio};

impl Bound {
    /// Whether a value is good. Instructions per call are means, which a rare event lifts by less
    /// than a whole one.
    pub(crate) fn holds(self, value: f64) -> bool {
        match self {
            AtMost(most) => value < most + 0.005,
            AtLeast(least) => value >= least,
        }
    }
}

impl Target {
    /// A value of it, with its unit.
    pub(crate) fn show(&self, value: f64) -> String {
        match self.unit {
            Nanoseconds => format!("{} ns", number(value)),
            Instructions => format!("{} instructions", whole(value)),
            Allocations => format!("{} allocations", per_call(value)),
            Bytes => format!("{} bytes", whole(value)),
            Ratio => ratio(value),
        }
    }
}

const fn target(
    what: &'static str,
    unit: Unit,
    aim: Option<Bound>,
    limit: Option<Bound>,
    measure: fn(&Results) -> Option<f64>,
) -> Target {
    Target {
        what,
        unit,
        aim,
        limit,
        measure,
    }
}

/// Every target and every limit.
pub(crate) const ALL: &[Target] = &[
    target(
        "closed path, added",
        Nanoseconds,
        Some(AtMost(3.0)),
        None,
        |results| Some(results.closed(NAME)?.added),
    ),
    target(
        "closed path, added",
        Instructions,
        Some(AtMost(40.0)),
        Some(AtMost(84.0)),
        |results| results.added_instructions(GUARDED),
    ),
    target(
        "closed path, drawn into its caller, added",
        Instructions,
        Some(AtMost(40.0)),
        Some(AtMost(74.0)),
        |results| results.added_instructions(INLINED),
    ),
    target(
        "closed path",
        Allocations,
        Some(AtMost(0.0)),
        Some(AtMost(0.0)),
        |results| Some(results.closed(NAME)?.allocations),
    ),
    target(
        "closed path, relative to the best peer",
        Ratio,
        Some(AtMost(0.5)),
        None,
        |results| Some(results.closed(NAME)?.added / best_peer(results)?),
    ),
    target(
        "closed path, relative to `nobreak`",
        Ratio,
        Some(AtMost(0.6)),
        None,
        |results| Some(results.closed(NAME)?.added / results.closed("nobreak")?.added),
    ),
    target(
        "each further dependency, added",
        Nanoseconds,
        Some(AtMost(2.0)),
        None,
        |results| Some((results.cost(FOUR)?.added - results.cost(TWO)?.added) / 2.0),
    ),
    target(
        "each further dependency, added",
        Instructions,
        Some(AtMost(26.0)),
        Some(AtMost(26.0)),
        |results| {
            let four = results.added_instructions(FOUR)?;
            Some((four - results.added_instructions(TWO)?) / 2.0)
        },
    ),
    target(
        "two threads on one dependency, relative to one",
        Ratio,
        Some(AtLeast(1.8)),
        None,
        |results| Some(results.scaling(results.contender(NAME)?)?.ratio),
    ),
    target(
        "future of a function with 1 dependency, added",
        Bytes,
        Some(AtMost(64.0)),
        Some(AtMost(64.0)),
        |results| added_bytes(results, 0),
    ),
    target(
        "future of a function with 256 bytes of arguments, added",
        Bytes,
        Some(AtMost(64.0)),
        Some(AtMost(64.0)),
        |results| added_bytes(results, 3),
    ),
    target(
        "refusal, error built",
        Nanoseconds,
        Some(AtMost(15.0)),
        None,
        |results| Some(results.refused(NAME)?.added),
    ),
    target(
        "refusal, error built",
        Instructions,
        None,
        Some(AtMost(400.0)),
        |results| results.added_instructions(results.contender(NAME)?.refused.as_ref()?),
    ),
    target(
        "refusal, error built",
        Allocations,
        Some(AtMost(0.0)),
        Some(AtMost(0.0)),
        |results| Some(results.refused(NAME)?.allocations),
    ),
    target(
        "refusal, relative to `breaker`",
        Ratio,
        Some(AtMost(0.5)),
        None,
        |results| Some(results.refused(NAME)?.added / results.refused("breaker")?.added),
    ),
    target(
        "destructive call, everything fresh, added",
        Nanoseconds,
        Some(AtMost(60.0)),
        None,
        |results| Some(results.cost(DESTRUCTIVE)?.added),
    ),
    target(
        "destructive call, everything fresh, added",
        Instructions,
        None,
        Some(AtMost(890.0)),
        |results| results.added_instructions(DESTRUCTIVE),
    ),
    target(
        "destructive call, everything fresh",
        Allocations,
        Some(AtMost(0.0)),
        Some(AtMost(0.0)),
        |results| Some(results.cost(DESTRUCTIVE)?.allocations),
    ),
    target(
        "call with a known key, added to the guarded call",
        Nanoseconds,
        Some(AtMost(60.0)),
        None,
        |results| Some(results.cost(KEY)?.added),
    ),
    target(
        "call with a known key, added to the guarded call",
        Instructions,
        None,
        Some(AtMost(600.0)),
        |results| results.added_instructions(KEY),
    ),
    target(
        "call with a known key",
        Allocations,
        Some(AtMost(0.0)),
        Some(AtMost(0.0)),
        |results| Some(results.cost(KEY)?.allocations),
    ),
    target(
        "`timeout` of a body that waits, over tokio's own",
        Nanoseconds,
        Some(AtMost(5.0)),
        None,
        |results| Some(results.cost(TIMEOUT_WAITING)?.added - results.cost(plain::TIMEOUT)?.added),
    ),
    target(
        "one declared dependency",
        Bytes,
        Some(AtMost(384.0)),
        Some(AtMost(1_960.0)),
        |results| Some(results.contender(NAME)?.bytes.new as f64),
    ),
    target(
        "one declared dependency with a failure rate, after 1,000 calls",
        Bytes,
        Some(AtMost(1_024.0)),
        Some(AtMost(2_680.0)),
        |results| Some(results.rated.used as f64),
    ),
    target(
        "one key",
        Bytes,
        Some(AtMost(384.0)),
        Some(AtMost(450.0)),
        |results| Some(results.key as f64),
    ),
];

/// The limits that are exceeded, or could not be measured, as one fragment each.
pub(crate) fn broken(results: &Results) -> Vec<String> {
    let mut broken = Vec::new();
    if let Err(why) = &results.instructions {
        broken.push(format!("instructions could not be counted: {why}"));
    }
    for target in ALL {
        let Some(limit) = target.limit else { continue };
        if target.unit == Instructions && results.instructions.is_err() {
            continue;
        }
        match (target.measure)(results) {
            Some(value) if limit.holds(value) => {}
            Some(value) => broken.push(format!("{}: {}", target.what, target.show(value))),
            None => broken.push(format!("{}: not measured", target.what)),
        }
    }
    broken
}

/// The least that a peer adds on the closed path.
fn best_peer(results: &Results) -> Option<f64> {
    let peers = results.suite.contenders.iter();
    let added = peers
        .filter(|entry| entry.package.is_some())
        .filter_map(|entry| Some(results.cost(&entry.closed)?.added));
    added.min_by(f64::total_cmp)
}

fn added_bytes(results: &Results, index: usize) -> Option<f64> {
    let size = results.futures.get(index)?;
    Some(size.added() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_holds_at_its_value() {
        assert!(AtMost(40.0).holds(40.0));
        assert!(!AtMost(40.0).holds(40.01));
        assert!(AtLeast(1.8).holds(1.8));
        assert!(!AtLeast(1.8).holds(1.79));
    }

    #[test]
    fn nanoseconds_have_no_limit() {
        let timed = ALL.iter().filter(|target| target.unit == Nanoseconds);
        assert!(timed.into_iter().all(|target| target.limit.is_none()));
    }
}
