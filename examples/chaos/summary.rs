//! What came of it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use crate::Played;
use crate::args::Options;
use crate::tally::Counted;
use crate::times::Times;
use crate::truth;

pub struct Summary<'a> {
    pub options: &'a Options,
    pub took: Duration,
    pub played: &'a Played,
    pub sessions: truth::Counts,
    pub left_dead: usize,
    pub decisions: Counted,
}

impl Summary<'_> {
    /// Whether everything was as it has to be.
    pub fn is_good(&self) -> bool {
        self.sessions.lost == 0 && self.left_dead == 0 && self.played.trouble.is_none()
    }

    pub fn print(&self) {
        let Options {
            seed,
            from,
            protection,
            ..
        } = self.options;
        println!(
            "\n{} rounds from {from} on, seed {seed}, protection {}, {:.0?}",
            self.played.rounds,
            protection.name(),
            self.took
        );
        let total: u64 = self.played.faults.0.values().sum();
        println!("\nfaults {total:>34}");
        table(&self.played.faults.0);
        let sessions = &self.sessions;
        println!("\nsessions");
        let rows = [
            ("created", sessions.created),
            ("used", sessions.used),
            ("used in vain", sessions.used_in_vain),
            ("signs of life taken by faults", sessions.signs_taken),
            ("live ones lost", sessions.lost),
            ("ended by their users", sessions.ended),
            ("dead ones removed", sessions.removed),
            ("dead ones left", self.left_dead as u64),
        ];
        table(&BTreeMap::from_iter(
            rows.iter()
                .enumerate()
                .map(|(at, row)| (Ordered(at, row.0), row.1)),
        ));
        println!(
            "  {:32} {:>5.1} s",
            "longest that a dead one stayed",
            sessions.longest_dead.as_secs_f64()
        );
        println!("\ndestructive calls");
        table(&self.decisions.decisions);
        println!("\nreasons to deny, where there were several each of them");
        table(&self.decisions.reasons);
        if let Some(trouble) = &self.played.trouble {
            println!("\n{trouble}");
        }
        let verdict = if self.is_good() {
            ""
        } else {
            "  THIS IS NOT AS IT SHOULD BE"
        };
        println!(
            "\nRESULT  {} rounds, {total} faults, {} sessions created, {} live ones lost, {} of {} dead ones removed{verdict}",
            self.played.rounds, sessions.created, sessions.lost, sessions.removed, sessions.ended,
        );
    }
}

/// Says in which proportions the times of a run are those of production.
pub fn introduce(options: &Options, times: Times) {
    let gate = times.gate();
    println!(
        "health-runtime by its defaults, {} times as fast: probes every {:?}, settle {:?}, after an outage {:?};\n\
         heartbeats every {:?}; an answer may take {:?}, which is not divided",
        options.speed,
        times.probe_every(),
        gate.settle,
        gate.settle_after_open,
        times.heartbeat(),
        crate::times::PATIENCE,
    );
}

fn table<K: Display>(rows: &BTreeMap<K, u64>) {
    for (name, count) in rows {
        println!("  {name:32} {count:>6}");
    }
}

/// A name that keeps its place in a table.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ordered<'a>(usize, &'a str);

impl Display for Ordered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.1)
    }
}
