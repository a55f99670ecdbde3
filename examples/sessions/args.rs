//! The command line.

use clap::{Parser, ValueEnum};
use health_runtime::GateMode;

/// Three reapers clean up the same sessions while Redis and an API fail for real.
///
/// Ends with 0 if the annotated service lost no live session and removed all dead ones, else with 1.
/// Needs no network and no fixed port. With redis-server on the PATH it uses that, else a stand-in.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo run --example sessions --", next_line_help = true)]
pub struct Options {
    /// Keep everything running afterwards and print the process ids, so that you can `kill -9` or
    /// `kill -STOP` them yourself; Ctrl-C ends it
    #[arg(long)]
    pub hold: bool,
    /// What the gate of the annotated service does; with `observe` and `off` it loses sessions like
    /// the others
    #[arg(long, value_name = "MODE", default_value = "enforce")]
    gate: Gate,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Gate {
    Enforce,
    Observe,
    Off,
}

impl Options {
    pub fn gate(&self) -> GateMode {
        match self.gate {
            Gate::Enforce => GateMode::Enforce,
            Gate::Observe => GateMode::Observe,
            Gate::Off => GateMode::Off,
        }
    }
}
