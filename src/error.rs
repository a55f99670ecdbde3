//! Why a server could not be started or reached with a signal.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Says why a server process could not be started or controlled.
#[derive(Debug)]
#[non_exhaustive]
pub enum LabError {
    /// The system gave no directory for the socket and the log, or no free port.
    Place(io::Error),
    /// The program could not be started, most often because it is not installed.
    Spawn {
        /// What was to be started.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The process ended before it answered.
    Exited {
        /// What was started.
        program: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it printed.
        log: String,
    },
    /// The process runs but does not answer.
    NotReady {
        /// What was started.
        program: PathBuf,
        /// How long it was given.
        patience: Duration,
        /// The end of what it printed.
        log: String,
    },
    /// The process was killed before, or ended by itself.
    NotRunning {
        /// What was to be signalled.
        program: PathBuf,
    },
    /// A signal could not be delivered, or had no effect in time.
    Signal {
        /// What was to be signalled.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A server did not do what it was told on its own socket.
    Told {
        /// What it was told.
        command: String,
        /// What it said, or what went wrong.
        answer: String,
    },
    /// [`Program::this`](crate::Program::this) was asked for in a program that does not begin with
    /// [`child_main`](crate::child_main).
    NoChildMain,
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(_) => f.write_str("no directory or port for a server"),
            Self::Spawn { program, .. } => write!(f, "`{}` did not start", program.display()),
            Self::Exited {
                program,
                status,
                log,
            } => write!(
                f,
                "`{}` ended before it answered ({status}): {log}",
                program.display()
            ),
            Self::NotReady {
                program,
                patience,
                log,
            } => write!(
                f,
                "`{}` did not answer within {patience:?}: {log}",
                program.display()
            ),
            Self::NotRunning { program } => write!(f, "`{}` is not running", program.display()),
            Self::Signal { program, .. } => {
                write!(f, "a signal to `{}` failed", program.display())
            }
            Self::Told { command, answer } => write!(f, "`{command}` was answered `{answer}`"),
            Self::NoChildMain => f.write_str(
                "this program cannot serve as a child; call `health_lab::child_main()` first in `main`",
            ),
        }
    }
}

impl Error for LabError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Place(source) | Self::Spawn { source, .. } | Self::Signal { source, .. } => {
                Some(source)
            }
            _ => None,
        }
    }
}
