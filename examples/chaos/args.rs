//! The command line.

use clap::{Parser, value_parser};

use crate::plan;
use crate::protection::Protection;

/// Random faults against the annotated session service under load: no live session may ever be lost,
/// and every dead one has to go in the end.
///
/// Ends with 0 if no live session was lost and every dead one has gone, else with 1. With real
/// processes, so redis-server must be on the PATH.
#[derive(Debug, Clone, Parser)]
#[command(
    bin_name = "cargo run --release --example chaos --",
    next_line_help = true
)]
pub struct Options {
    /// How many rounds of faults
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub rounds: u64,
    /// The seed of all that is random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The first round, for a round of an earlier run: --from 417 --rounds 1
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub from: u64,
    /// No faults but those whose kind contains this text, such as `stutters`; may be given more than
    /// once
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub only: Vec<String>,
    /// How much shorter than by default all times of health-runtime are; 1 is as in production
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(1..))]
    pub speed: u32,
    /// What stands between the faults and the sessions
    #[arg(long, value_name = "P", default_value = "gate")]
    pub protection: Protection,
    /// No line while it runs
    #[arg(long = "quiet")]
    pub is_quiet: bool,
}

/// Parts of the names of kinds.
fn kind(part: &str) -> Result<String, &'static str> {
    if plan::can_be(&[part.to_owned()]) {
        Ok(part.to_owned())
    } else {
        Err("no kind of fault has this in its name")
    }
}
