//! The command line.

use std::ffi::OsString;
use std::str::FromStr;

use crate::plan;
use crate::protection::Protection;

pub const HELP: &str = "\
Random faults against the annotated session service under load: no live session may ever be lost,
and every dead one has to go in the end. With real processes, so redis-server must be on the PATH.

usage: cargo run --release --example chaos [-- OPTIONS]

  --rounds N        how many rounds of faults; 100 unless given
  --seed N          the seed of all that is random; 1 unless given
  --from N          the first round, for a round of an earlier run: --from 417 --rounds 1
  --only KIND       no faults but those whose kind contains this text, such as `stutters`; may be
                    given more than once
  --speed N         how much shorter than by default all times of health-runtime are; 100 unless
                    given, and 1 is as in production
  --protection P    gate (unless given): it probes before every destructive call, as in the demo;
                    when-stale: it probes only when its evidence is stale, which is the default of
                    health-runtime; or one of the controls, which lose sessions:
                      none         a reaper that takes every error for an absence
                      breaker      the same behind circuit breakers
                      observe      the annotated service, with a gate that only observes
                      no-settle    a gate that does not wait until a dependency has settled
  --quiet           no line while it runs
  -h, --help        print this

Ends with 0 if no live session was lost and every dead one has gone, else with 1.
";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub rounds: u64,
    pub seed: u64,
    pub from: u64,
    pub speed: u32,
    pub protection: Protection,
    pub is_quiet: bool,
    /// Parts of the names of kinds; none for all.
    pub only: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    Run(Options),
}

pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut options = Options {
        rounds: 100,
        seed: 1,
        from: 1,
        speed: 100,
        protection: Protection::Gate,
        is_quiet: false,
        only: Vec::new(),
    };
    let mut arguments = arguments
        .into_iter()
        .map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        match &*argument {
            "-h" | "--help" => return Ok(Command::Help),
            "--quiet" => options.is_quiet = true,
            "--rounds" => options.rounds = number(&argument, arguments.next())?,
            "--seed" => options.seed = number(&argument, arguments.next())?,
            "--from" => options.from = number(&argument, arguments.next())?,
            "--only" => options.only.extend(arguments.next()),
            "--speed" => options.speed = number(&argument, arguments.next())?,
            "--protection" => {
                let name = arguments.next().unwrap_or_default();
                options.protection = Protection::named(&name)
                    .ok_or_else(|| format!("there is no protection `{name}`; see --help"))?;
            }
            other => return Err(format!("unknown argument `{other}`; see --help")),
        }
    }
    if options.speed == 0 {
        return Err("`--speed` must be at least 1, got 0".into());
    }
    if !plan::can_be(&options.only) {
        return Err(format!(
            "no kind of fault contains any of {:?}",
            options.only
        ));
    }
    Ok(Command::Run(options))
}

fn number<N: FromStr>(name: &str, value: Option<String>) -> Result<N, String> {
    let value = value.unwrap_or_default();
    value
        .parse()
        .map_err(|_| format!("`{name}` takes a number, not `{value}`"))
}
