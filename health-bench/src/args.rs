//! The command line.

use clap::Parser;

/// What a protected call costs: this library's, and that of the other circuit breakers of crates.io.
///
/// Prints all tables but those of the compiler.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo run --release -p health-bench --",
    next_line_help = true
)]
pub(crate) struct Options {
    /// Also write what is printed into docs/
    #[arg(long)]
    pub(crate) write: bool,
    /// Compile time and binary size instead
    #[arg(long)]
    pub(crate) compile: bool,
    /// Fail when a limit on what can be counted is exceeded
    #[arg(long, conflicts_with_all = ["write", "compile"])]
    pub(crate) check: bool,
    /// One case alone, for a profiler
    #[arg(long, num_args = 2, value_names = ["CASE", "COUNT"], exclusive = true)]
    pub(crate) r#loop: Option<Vec<String>>,
    /// This program as it is counted
    #[arg(long, hide = true, exclusive = true)]
    pub(crate) under_valgrind: bool,
}
