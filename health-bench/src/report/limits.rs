//! What was aimed at, what may not get worse, and what came of it.

use super::table::{Table, cell};
use crate::suite::Results;
use crate::targets::{ALL, Bound, Target};

/// The targets, and whether each is met.
pub(crate) fn targets(results: &Results) -> String {
    let mut table = Table::new(&["what", "measured", "target", ""]);
    for target in ALL {
        let Some(aim) = target.aim else { continue };
        let value = (target.measure)(results);
        table.row([
            target.what.to_owned(),
            cell(value, |value| target.show(value)),
            bound(target, aim),
            verdict(value, aim, "met", "**missed**").to_owned(),
        ]);
    }
    table.text()
}

/// The limits, and whether each is kept.
pub(crate) fn table(results: &Results) -> String {
    let mut table = Table::new(&["what", "measured", "limit", "", "target", ""]);
    for target in ALL {
        let Some(limit) = target.limit else { continue };
        let value = (target.measure)(results);
        table.row([
            target.what.to_owned(),
            cell(value, |value| target.show(value)),
            bound(target, limit),
            verdict(value, limit, "kept", "EXCEEDED").to_owned(),
            cell(target.aim, |aim| bound(target, aim)),
            cell(target.aim, |aim| {
                verdict(value, aim, "met", "missed").to_owned()
            }),
        ]);
    }
    table.text()
}

fn verdict(
    value: Option<f64>,
    bound: Bound,
    good: &'static str,
    bad: &'static str,
) -> &'static str {
    match value {
        None => "not measured",
        Some(value) if bound.holds(value) => good,
        Some(_) => bad,
    }
}

fn bound(target: &Target, bound: Bound) -> String {
    match bound {
        Bound::AtMost(most) if most == 0.0 => target.show(most),
        Bound::AtMost(most) => format!("≤ {}", target.show(most)),
        Bound::AtLeast(least) => format!("≥ {}", target.show(least)),
    }
}
