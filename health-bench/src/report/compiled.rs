//! The table of generated crates.

use super::machine;
use super::table::Table;
use crate::compile::{Compiled, FUNCTIONS, Variant};
use crate::number::{ratio, whole};

/// The second half of `docs/benchmarks.md`.
pub(crate) fn section(compiled: &[Compiled]) -> String {
    let of = |variant| compiled.iter().find(|compiled| compiled.variant == variant);
    let plain = of(Variant::Plain);
    let mut table = Table::new(&[
        "",
        "`cargo check`, s of processor time",
        "added per function, ms",
        "bytes per function, release",
        "added",
    ]);
    for one in compiled {
        let over = plain.map(|plain| {
            let seconds = one.check.as_secs_f64() - plain.check.as_secs_f64();
            (seconds * 1e3 / FUNCTIONS as f64, one.bytes - plain.bytes)
        });
        let (milliseconds, bytes) = over.unwrap_or_default();
        table.row([
            one.variant.label().to_owned(),
            ratio(one.check.as_secs_f64()),
            ratio(milliseconds),
            whole(one.bytes),
            whole(bytes),
        ]);
    }
    format!(
        "## What {} annotated functions cost the compiler, and the program

Generated crates of {} async functions that call another one and wait once, and that are all
reachable. `cargo check` of that crate alone, everything it depends on being built; median of 5 runs
in turns. The size is that of the release program without symbols, against one with 10 functions.

Measured on: {}.

{}
{}",
        whole(FUNCTIONS as f64),
        whole(FUNCTIONS as f64),
        machine::machine(),
        table.text(),
        verdict(of(Variant::Guarded), of(Variant::Instrument))
    )
}

fn verdict(ours: Option<&Compiled>, instrument: Option<&Compiled>) -> String {
    let (Some(ours), Some(instrument)) = (ours, instrument) else {
        return String::new();
    };
    let check = ours.check.as_secs_f64() / instrument.check.as_secs_f64();
    let bytes = ours.bytes / instrument.bytes;
    let met = |ratio: f64| if ratio <= 1.0 { "met" } else { "**missed**" };
    format!(
        "The target is at most what `#[tracing::instrument]` takes: `cargo check` {} times of it ({}), the
program {} times of it ({}).
",
        ratio(check),
        met(check),
        ratio(bytes),
        met(bytes)
    )
}
