//! The stand-in for Redis, as a process.

use crate::child::{Program, Role};
use crate::process::{HasProcess, Process, Recipe};
use crate::redis_server::unix_url;
use crate::{LabError, resp};

/// A stand-in for `redis-server`, for machines that have none.
///
/// It speaks RESP2 on a Unix socket, keeps everything in memory and draws a new `run_id` at each
/// start. It knows `PING`, `INFO`, `SELECT 0`, `CLIENT SETINFO`, `QUIT`, `GET`, `SET` (without
/// options), `DEL`, `EXISTS`, `SADD`, `SREM`, `SMEMBERS`, `SISMEMBER`, `SCARD`, `KEYS`, `SCAN` and
/// `FLUSHALL`, and answers everything else, `HELLO` included, with an error.
///
/// See [`Server`](crate::Server) for what can be done to it.
#[derive(Debug)]
pub struct RespServer {
    process: Process,
}

impl RespServer {
    /// Starts a stand-in in a second process of `program` and waits until it answers `PING`.
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
            arguments: Role::Resp.arguments(socket),
            ping: resp::PING,
            pongs: &[resp::PONG],
        });
        Ok(Self {
            process: process.await?,
        })
    }

    /// Returns `redis+unix://<path>`.
    #[must_use]
    pub fn url(&self) -> String {
        unix_url(self.process.socket())
    }
}

impl HasProcess for RespServer {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
