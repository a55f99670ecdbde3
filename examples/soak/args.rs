//! The command line.

use clap::{Parser, ValueEnum, value_parser};

/// Guarded and plain calls side by side at full load, for a long time, while their server fails again
/// and again: does memory stay flat, does anything leak, and what does a guarded call cost?
///
/// Ends with 0 if memory stays within its bound and no task and no file descriptor is left, else with
/// 1. Needs Linux, for /proc, and redis-server on the PATH.
#[derive(Debug, Clone, Parser)]
#[command(
    bin_name = "cargo run --release --example soak --",
    next_line_help = true
)]
pub struct Options {
    /// How long; a trend needs at least ten
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = value_parser!(u64).range(10..))]
    pub seconds: u64,
    /// The seed of all that is random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// A control that has to fail; may be given more than once
    #[arg(long = "leak", value_name = "WHAT")]
    pub leaks: Vec<Leak>,
}

/// What a control leaves behind, a hundred times a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Leak {
    Memory,
    Task,
    Descriptor,
}
