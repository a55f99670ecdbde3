//! What peers do better, by the figures of the run.

use crate::contender::Entry;
use crate::number::{number, ratio, whole};
use crate::ours::breaker::NAME;
use crate::suite::Results;

/// A peer, and what it reaches where we reach less.
type Better = (&'static str, f64);

/// Those who are ahead of this library. None where it has not been measured.
type Ahead = Option<Vec<Better>>;

/// Says of each table who does better than this library.
pub(super) fn section(results: &Results) -> String {
    let least = |what: fn(&Results, &Entry) -> Option<f64>| {
        let mut better = ahead(results, what, |theirs, ours| theirs < ours);
        if let Some(better) = &mut better {
            better.sort_by(|one, other| one.1.total_cmp(&other.1));
        }
        better
    };
    let most = |what: fn(&Results, &Entry) -> Option<f64>| {
        // A tenth of a core is what two runs differ by.
        let mut better = ahead(results, what, |theirs, ours| theirs > ours + 0.1);
        if let Some(better) = &mut better {
            better.sort_by(|one, other| other.1.total_cmp(&one.1));
        }
        better
    };
    let nanoseconds = |value| format!("{} ns", number(value));
    let bytes = |value| format!("{} bytes", whole(value));
    let lines = [
        line(
            "A call through a closed breaker",
            &least(|results, entry| Some(results.cost(&entry.closed)?.added)),
            nanoseconds,
        ),
        line(
            "A refusal",
            &least(|results, entry| Some(results.cost(entry.refused.as_ref()?)?.added)),
            nanoseconds,
        ),
        line(
            "An outage, there and back",
            &least(|results, entry| Some(results.outage(entry)?.0)),
            nanoseconds,
        ),
        line(
            "Two threads",
            &most(|results, entry| Some(results.scaling(entry)?.ratio)),
            ratio,
        ),
        line(
            "Memory, after 1,000 calls",
            &least(|_, entry| Some(entry.bytes.used as f64)),
            bytes,
        ),
    ];
    format!(
        "## What peers do better

By the figures above, in order:

{}
What a figure does not say: what the breaker does in the hard cases. A trial that hangs or is dropped,
a stale result, a call that its caller gave up, a thousand tasks at a half-open breaker: the tests of
this library ask for these, and much of what it costs is paid for them.
",
        lines.concat() + &keyed(results)
    )
}

/// Of keys there is a table of its own, whose first line is ours.
fn keyed(results: &Results) -> String {
    let cost = |name: &str| results.cost(name).map(|cost| cost.added);
    let Some((ours, others)) = results.suite.keyed.split_first() else {
        return String::new();
    };
    let Some(ours) = cost(ours) else {
        return String::new();
    };
    let better = others.iter().filter_map(|name| Some((*name, cost(name)?)));
    let better: Vec<Better> = better.filter(|(_, theirs)| *theirs < ours).collect();
    line("A call with a known key", &Some(better), |value| {
        format!("{} ns", number(value))
    })
}

fn ahead(
    results: &Results,
    what: impl Fn(&Results, &Entry) -> Option<f64>,
    better: impl Fn(f64, f64) -> bool,
) -> Ahead {
    let ours = what(results, results.contender(NAME)?)?;
    let peers = results.suite.contenders.iter();
    let ahead = peers
        .filter(|entry| entry.package.is_some())
        .filter_map(|entry| Some((entry.name, what(results, entry)?)))
        .filter(|(_, theirs)| better(*theirs, ours));
    Some(ahead.collect())
}

fn line(what: &str, better: &Ahead, show: impl Fn(f64) -> String) -> String {
    let Some(better) = better else {
        return format!("- {what}: not measured.\n");
    };
    let names: Vec<String> = better
        .iter()
        .map(|(name, value)| format!("{name} ({})", show(*value)))
        .collect();
    match names.as_slice() {
        [] => format!("- {what}: none.\n"),
        names => format!("- {what}: {}.\n", names.join(", ")),
    }
}
