//! The command line.

use std::ffi::OsString;

use health_runtime::GateMode;

pub const HELP: &str = "\
Three reapers clean up the same sessions while Redis and an API fail for real.

usage: cargo run --example sessions [-- OPTIONS]

  --hold          keep everything running afterwards and print the process ids, so that you can
                  `kill -9` or `kill -STOP` them yourself; Ctrl-C ends it
  --gate MODE     what the gate of the annotated service does: enforce (default), observe, off;
                  with the last two it loses sessions like the others
  -h, --help      print this

Ends with 0 if the annotated service lost no live session and removed all dead ones, else with 1.
Needs no network and no fixed port. With redis-server on the PATH it uses that, else a stand-in.
";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    End,
    Hold,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    Run { gate: GateMode, then: Then },
}

pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter();
    let (mut gate, mut then) = (GateMode::Enforce, Then::End);
    while let Some(argument) = arguments.next() {
        match argument.to_string_lossy().as_ref() {
            "-h" | "--help" => return Ok(Command::Help),
            "--hold" => then = Then::Hold,
            "--gate" => {
                let mode = arguments.next().unwrap_or_default();
                gate = match mode.to_string_lossy().as_ref() {
                    "enforce" => GateMode::Enforce,
                    "observe" => GateMode::Observe,
                    "off" => GateMode::Off,
                    other => {
                        return Err(format!(
                            "`--gate` takes enforce, observe or off, not `{other}`"
                        ));
                    }
                };
            }
            other => {
                return Err(format!(
                    "unknown argument `{other}`; there are --hold, --gate MODE and --help"
                ));
            }
        }
    }
    Ok(Command::Run { gate, then })
}
