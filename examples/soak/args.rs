//! The command line.

use std::ffi::OsString;
use std::str::FromStr;

pub const HELP: &str = "\
Guarded and plain calls side by side at full load, for a long time, while their server fails again and
again: does memory stay flat, does anything leak, and what does a guarded call cost?

usage: cargo run --release --example soak [-- OPTIONS]

  --seconds N     how long; 60 unless given
  --seed N        the seed of all that is random; 1 unless given
  --leak WHAT     a control that has to fail: memory, task or descriptor; may be given more than once
  -h, --help      print this

Ends with 0 if memory stays within its bound and no task and no file descriptor is left, else with 1.
Needs Linux, for /proc, and redis-server on the PATH.
";

/// What a control leaves behind, a hundred times a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    Memory,
    Task,
    Descriptor,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub seconds: u64,
    pub seed: u64,
    pub leaks: Vec<Leak>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    Run(Options),
}

pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut options = Options {
        seconds: 60,
        seed: 1,
        leaks: Vec::new(),
    };
    let mut arguments = arguments
        .into_iter()
        .map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        match &*argument {
            "-h" | "--help" => return Ok(Command::Help),
            "--seconds" => options.seconds = number(&argument, arguments.next())?,
            "--seed" => options.seed = number(&argument, arguments.next())?,
            "--leak" => {
                options.leaks.push(match arguments.next().as_deref() {
                    Some("memory") => Leak::Memory,
                    Some("task") => Leak::Task,
                    Some("descriptor") => Leak::Descriptor,
                    _ => return Err("`--leak` takes memory, task or descriptor".into()),
                });
            }
            other => return Err(format!("unknown argument `{other}`; see --help")),
        }
    }
    if options.seconds < 10 {
        return Err("`--seconds` must be at least 10: a trend needs time".into());
    }
    Ok(Command::Run(options))
}

fn number<N: FromStr>(name: &str, value: Option<String>) -> Result<N, String> {
    let value = value.unwrap_or_default();
    value
        .parse()
        .map_err(|_| format!("`{name}` takes a number, not `{value}`"))
}
