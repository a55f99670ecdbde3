//! The other side of the stand-ins: what their processes run.

use std::ffi::OsString;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{LabError, api, resp};

/// The first argument of a process that is to serve. Not meant for people.
const MARK: &str = "--health-lab-child";

/// Whether this program would serve if it were started with [`MARK`].
static CALLS_CHILD_MAIN: AtomicBool = AtomicBool::new(false);

/// Serves and never returns, if this process was started to be a stand-in; else does nothing.
///
/// Call it first in `main` of a program that uses [`Program::this`].
///
/// # Examples
///
/// ```no_run
/// use health_lab::{ApiServer, LabError, Program, child_main};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<(), LabError> {
///     child_main();
///     let api = ApiServer::start(&Program::this()?).await?;
/// #   drop(api);
///     Ok(())
/// }
/// ```
pub fn child_main() {
    CALLS_CHILD_MAIN.store(true, Ordering::Relaxed);
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != MARK) {
        return;
    }
    let (role, socket) = (arguments.next(), arguments.next());
    let Some((role, socket)) = role.as_ref().and_then(Role::from_argument).zip(socket) else {
        eprintln!("{MARK} expects a role and the path of a socket");
        process::exit(2);
    };
    match UnixListener::bind(&socket) {
        Ok(listener) => role.serve(&listener),
        Err(error) => {
            eprintln!("no socket at {}: {error}", Path::new(&socket).display());
            process::exit(1);
        }
    }
}

/// A program that begins with [`child_main`], so that a second process of it can serve.
#[derive(Clone, Debug)]
pub struct Program(PathBuf);

impl Program {
    /// The program that is running now.
    ///
    /// # Errors
    ///
    /// [`LabError::NoChildMain`] if [`child_main`] was not called: a second process would then not
    /// serve but do what the first one does, and start a third.
    pub fn this() -> Result<Self, LabError> {
        if !CALLS_CHILD_MAIN.load(Ordering::Relaxed) {
            return Err(LabError::NoChildMain);
        }
        std::env::current_exe()
            .map(Self)
            .map_err(|source| LabError::Spawn {
                program: "this program".into(),
                source,
            })
    }

    /// The program at `path`, for tests: the `main` of a test program is not ours.
    ///
    /// The integration tests of this package have `env!("CARGO_BIN_EXE_health-lab-server")`.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

/// Which stand-in a process is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    Resp,
    Api,
}

impl Role {
    /// What a process must be started with to take this role at `socket`.
    pub(crate) fn arguments(self, socket: &Path) -> Vec<OsString> {
        vec![MARK.into(), self.name().into(), socket.into()]
    }

    fn from_argument(argument: &OsString) -> Option<Self> {
        [Self::Resp, Self::Api]
            .into_iter()
            .find(|role| argument == role.name())
    }

    fn name(self) -> &'static str {
        match self {
            Self::Resp => "resp",
            Self::Api => "api",
        }
    }

    fn serve(self, listener: &UnixListener) -> ! {
        match self {
            Self::Resp => resp::serve(listener),
            Self::Api => api::serve(listener),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_child_main_cannot_start_itself() {
        assert!(matches!(Program::this(), Err(LabError::NoChildMain)));
    }
}
