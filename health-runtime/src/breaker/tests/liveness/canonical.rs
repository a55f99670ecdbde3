//! When two machines are the same for whoever asks them from now on.
//!
//! The key is the whole machine as `Debug` prints it, less what no rule reads, and with times told
//! from the present on. So a field that somebody adds to the machine is part of the key until it is
//! named here: states are never merged because this file did not know of it.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::breaker::machine::Machine;

/// Prints a machine so that machines that behave alike print alike. What lies further back than
/// `horizon` is over for every rule.
pub(super) fn key(machine: &Machine, now: Instant, horizon: Duration) -> String {
    let mut text = format!("{machine:?}");
    // Always the same in one search.
    cut(&mut text, "policy: ", "state: ");
    // Compared for being the same, which tickets of older epochs are checked for one by one.
    cut(&mut text, "epoch: ", "level: ");
    // For people.
    cut(&mut text, "last_cooldown: ", "entered: ");
    // Which success is stamped, and which part counts for the whole: not when it trips or closes.
    cut(&mut text, "seen: ", "rates: ");
    // For people, and for the gate.
    let record = find(&text, "record: ");
    text.truncate(record);
    // When it closed says how far the level has decayed, and nothing else.
    if !text.contains("state: Closed") || text.contains("level: 0,") {
        cut(&mut text, "entered: ", "rare: ");
    }
    let failures = machine.failures();
    if machine.policy().consecutive.is_none() && failures > 1 {
        // Without that rule, it matters whether there are any.
        text = text.replace(&format!("failures: {failures},"), "failures: 1,");
    }
    let text = relative_windows(&text);
    relative_instants(&text, now, horizon)
}

fn find(text: &str, marker: &str) -> usize {
    let found = text.find(marker);
    found.unwrap_or_else(|| panic!("no `{marker}` in {text}: the machine prints itself otherwise"))
}

/// Cuts out what is between two markers, the first one included.
fn cut(text: &mut String, from: &str, to: &str) {
    let from = find(text, from);
    let to = from + find(&text[from..], to);
    text.replace_range(from..to, "");
}

/// Splits at the first marker, and what follows it at the first end.
fn around<'t>(text: &'t str, marker: &str, end: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let (before, rest) = text.split_once(marker)?;
    let (within, after) = rest.split_once(end)?;
    Some((before, within, after))
}

fn number(text: &str) -> u64 {
    text.trim().parse().expect("a number")
}

/// Tells instants from the present on, in milliseconds.
fn relative_instants(text: &str, now: Instant, horizon: Duration) -> String {
    let nanos_of = |instant: &str| {
        let (seconds, nanos) = instant.split_once(", tv_nsec: ").expect("two parts");
        i128::from(number(seconds)) * 1_000_000_000 + i128::from(number(nanos))
    };
    let parse = |text: &str| {
        let (_, within, _) = around(text, "Instant { tv_sec: ", " }").expect("an instant");
        nanos_of(within)
    };
    let present = parse(&format!("{now:?}"));
    let oldest = -(horizon.as_nanos() as i128);
    let mut relative = String::new();
    let mut rest = text;
    while let Some((before, within, after)) = around(rest, "Instant { tv_sec: ", " }") {
        let distance = (nanos_of(within) - present).max(oldest);
        relative.push_str(before);
        let _ = write!(relative, "{}ms", distance / 1_000_000);
        rest = after;
    }
    relative + rest
}

/// Tells the windows of calls from their last call on, and leaves out what has left them.
fn relative_windows(text: &str) -> String {
    let mut relative = String::new();
    let mut rest = text;
    while let Some((before, within, after)) = around(rest, "Sliding { shape: Calls(", "] }") {
        let (size, _) = within.split_once(')').expect("the size");
        let (_, position, mut buckets) = around(within, "position: ", ",").expect("a position");
        let (size, position) = (number(size), number(position));
        let mut counted = Vec::new();
        while let Some((_, bucket, after)) = around(buckets, "Bucket { part: ", " }") {
            let (part, counts) = bucket.split_once(',').expect("what was counted");
            let distance = position.saturating_sub(number(part));
            if distance <= size && !counts.contains("calls: 0") {
                counted.push((distance, counts));
            }
            buckets = after;
        }
        counted.sort_unstable();
        relative.push_str(before);
        let _ = write!(relative, "{counted:?}");
        rest = after;
    }
    relative + rest
}
