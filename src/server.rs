//! What can be done to every server.

use std::future::Future;
use std::path::Path;

use crate::LabError;
use crate::process::HasProcess;

/// A server process that can be frozen, killed and brought back.
///
/// Implemented by every server of this crate and by nothing else. Dropping a server kills it.
///
/// # Examples
///
/// ```no_run
/// use health_lab::{LabError, RedisServer, Server};
///
/// # async fn outage() -> Result<(), LabError> {
/// let mut redis = RedisServer::start().await?;
/// redis.freeze()?; // accepts connections, answers nobody
/// redis.thaw()?;
/// redis.kill();
/// redis.restart_empty().await?; // the same address, nothing in it
/// # Ok(())
/// # }
/// ```
pub trait Server: HasProcess {
    /// Returns the id of the process, or `None` once it was killed.
    fn pid(&self) -> Option<u32> {
        self.process().pid()
    }

    /// Returns the path of the Unix socket, which stays the same over restarts.
    fn socket(&self) -> &Path {
        self.process().socket()
    }

    /// Ends the process at once, frozen or not, and waits until the kernel has let go of it.
    ///
    /// The file of its socket stays, as after any `SIGKILL`: connections to it are refused. Killing
    /// it again does nothing.
    fn kill(&mut self) {
        self.process_mut().kill();
    }

    /// Stops the process where it stands (`SIGSTOP`), and returns once it has stopped.
    ///
    /// The kernel still accepts connections for it, until its backlog is full. Freezing it again
    /// does nothing.
    ///
    /// # Errors
    ///
    /// [`LabError`] if the process is not running or does not stop within a second.
    fn freeze(&self) -> Result<(), LabError> {
        self.process().freeze()
    }

    /// Lets a frozen process go on (`SIGCONT`). It will find what was sent meanwhile.
    ///
    /// # Errors
    ///
    /// [`LabError`] if the process is not running.
    fn thaw(&self) -> Result<(), LabError> {
        self.process().thaw()
    }

    /// Kills the process if it still runs and starts a new one at the same address, with no data.
    ///
    /// Returns once the new process answers.
    ///
    /// # Errors
    ///
    /// [`LabError`] if the new process cannot be started or does not answer within ten seconds.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the server killed; calling it again is sound.
    fn restart_empty(&mut self) -> impl Future<Output = Result<(), LabError>> + Send {
        self.process_mut().restart()
    }
}

impl<T: HasProcess> Server for T {}
