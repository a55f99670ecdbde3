//! What came of it.

use health_runtime::KeysSummary;

use crate::args::Options;
use crate::latency::Latency;
use crate::load::Measured;
use crate::vitals::{Trend, Vitals};

pub struct Summary<'a> {
    pub options: &'a Options,
    pub before: Vitals,
    pub after: Vitals,
    pub memory: &'a [u64],
    pub faults: u64,
    pub dependencies: usize,
    pub most_keys: usize,
    pub max_keys: usize,
    pub keys: KeysSummary,
    pub measured: &'a Measured,
}

impl Summary<'_> {
    /// Everything that is not as it has to be.
    fn complaints(&self) -> Vec<String> {
        let mut found = Vec::new();
        let trend = Trend::of(self.memory);
        if !trend.is_flat() {
            found.push(format!(
                "memory has grown from {} to {} KiB, by more than {} KiB",
                trend.first,
                trend.last,
                Trend::bound(trend.first)
            ));
        }
        let (before, after) = (self.before, self.after);
        if after.tasks > before.tasks {
            found.push(format!("{} tasks are left", after.tasks - before.tasks));
        }
        if after.descriptors > before.descriptors {
            let left = after.descriptors - before.descriptors;
            found.push(format!("{left} descriptors are left"));
        }
        if self.most_keys > self.max_keys {
            found.push(format!("{} keys had a breaker at once", self.most_keys));
        }
        if self.faults == 0 {
            found.push("no fault has ended: it was too short".into());
        }
        found
    }

    pub fn is_good(&self) -> bool {
        self.complaints().is_empty()
    }

    pub fn print(&self) {
        let Options { seconds, seed, .. } = *self.options;
        println!("\n{seconds} s, seed {seed}, {} faults\n", self.faults);
        println!(
            "microseconds                    calls        p50        p99      p99.9        max"
        );
        let Measured {
            round_trip,
            keyed,
            gate,
        } = self.measured;
        for (at, stretch) in ["healthy", "faulty"].into_iter().enumerate() {
            row(stretch, "round trip, plain", &round_trip.plain[at]);
            row(stretch, "round trip, guarded", &round_trip.guarded[at]);
            row(stretch, "in memory, plain", &keyed.plain[at]);
            row(stretch, "in memory, by key", &keyed.guarded[at]);
            row(stretch, "gate", &gate[at]);
        }
        let (trend, before, after) = (Trend::of(self.memory), self.before, self.after);
        println!(
            "\nmemory       {} KiB idle, {} after the warm-up, {} at the end: {:+.1} KiB a minute",
            before.memory, trend.first, trend.last, trend.slope
        );
        println!(
            "tasks        {} before, {} after",
            before.tasks, after.tasks
        );
        println!(
            "descriptors  {} before, {} after",
            before.descriptors, after.descriptors
        );
        println!(
            "breakers     {} dependencies, at most {} hosts of {} allowed; {} forgotten",
            self.dependencies, self.most_keys, self.max_keys, self.keys.evicted
        );
        let complaints = self.complaints();
        let verdict = if complaints.is_empty() {
            "memory is flat, nothing is left".to_owned()
        } else {
            format!("{}  THIS IS NOT AS IT SHOULD BE", complaints.join("; "))
        };
        println!("\nRESULT  {verdict}");
    }
}

fn row(stretch: &str, name: &str, latency: &Latency) {
    let (count, times) = latency.row();
    let times = times.map(|micros| format!("{micros:>10.1}")).join(" ");
    println!("{stretch:8} {name:20} {count:>8} {times}");
}
