//! An API that knows sessions, as a process.

use crate::child::{Program, Role};
use crate::process::{HasProcess, Process, Recipe};
use crate::{LabError, api};

/// A server of a small line protocol on a Unix socket, such as a daemon has for its sessions.
///
/// Each request is one line, each answer is one line; a connection may send many. An id is one word
/// of at most 128 bytes. The instance id is new at each start, and no session survives one.
///
/// | request | answer |
/// |---|---|
/// | `PING` | `PONG <instance-id>` |
/// | `OPEN <id>` | `OK` |
/// | `SESSION <id>` | `ALIVE` or `GONE` |
/// | `CLOSE <id>` | `OK`, whether there was one or not |
/// | anything else | `ERR <why>` |
///
/// See [`Server`](crate::Server) for what can be done to it.
#[derive(Debug)]
pub struct ApiServer {
    process: Process,
}

impl ApiServer {
    /// Starts a server in a second process of `program` and waits until it answers `PING`.
    ///
    /// # Errors
    ///
    /// [`LabError`] if the process cannot be started or does not answer within ten seconds.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the server as well.
    pub async fn start(program: &Program) -> Result<Self, LabError> {
        let process = Process::start(|socket| Recipe {
            program: program.path().to_owned(),
            arguments: Role::Api.arguments(socket),
            ping: api::PING,
            pongs: &[api::PONG],
        });
        Ok(Self {
            process: process.await?,
        })
    }
}

impl HasProcess for ApiServer {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
