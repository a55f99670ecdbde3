//! The real Redis.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::LabError;
use crate::process::{HasProcess, Process, Recipe};

const PROGRAM: &str = "redis-server";

/// How often another port is tried when somebody takes ours before Redis can.
const PORT_ATTEMPTS: usize = 5;

/// A `redis-server` without persistence, on a Unix socket in a directory of its own.
///
/// See [`Server`](crate::Server) for what can be done to it.
#[derive(Debug)]
pub struct RedisServer {
    process: Process,
    tcp: Option<SocketAddr>,
}

impl RedisServer {
    /// Says whether `redis-server` is on the `PATH` and can be run.
    #[must_use]
    pub fn is_installed() -> bool {
        Command::new(PROGRAM)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Starts a server on a Unix socket and waits until it answers `PING`.
    ///
    /// # Errors
    ///
    /// [`LabError`] if Redis is not installed or does not answer within ten seconds.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the server as well.
    pub async fn start() -> Result<Self, LabError> {
        let process = Process::start(|socket| recipe(socket, None)).await?;
        Ok(Self { process, tcp: None })
    }

    /// Starts a server that listens on a free TCP port of 127.0.0.1 as well.
    ///
    /// # Errors
    ///
    /// [`LabError`] if Redis is not installed or does not answer within ten seconds.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the server as well.
    pub async fn start_on_tcp() -> Result<Self, LabError> {
        let mut attempt = 1;
        loop {
            let tcp = free_port()?;
            match Process::start(|socket| recipe(socket, Some(tcp))).await {
                Ok(process) => {
                    return Ok(Self {
                        process,
                        tcp: Some(tcp),
                    });
                }
                Err(LabError::Exited { .. }) if attempt < PORT_ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the TCP address, if it was started with one.
    #[must_use]
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        self.tcp
    }

    /// Returns `redis://127.0.0.1:<port>` if it has a TCP port, else `redis+unix://<path>`.
    #[must_use]
    pub fn url(&self) -> String {
        match self.tcp {
            Some(address) => format!("redis://{address}"),
            None => unix_url(self.process.socket()),
        }
    }
}

impl HasProcess for RedisServer {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}

/// The URL by which Redis clients reach a socket. Our paths need no escapes.
pub(crate) fn unix_url(socket: &Path) -> String {
    format!("redis+unix://{}", socket.display())
}

fn recipe(socket: &Path, tcp: Option<SocketAddr>) -> Recipe {
    let port = tcp.map_or(0, |address| address.port()).to_string();
    let mut arguments: Vec<OsString> = [
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "--save",
        "",
        "--appendonly",
        "no",
        "--daemonize",
        "no",
        "--unixsocket",
    ]
    .map(OsString::from)
    .into();
    arguments.push(socket.into());
    Recipe {
        program: PathBuf::from(PROGRAM),
        arguments,
        ping: "PING\r\n",
        pong: "+PONG\r\n",
    }
}

/// Asks the system for a port that is free now. Redis takes port 0 for "no TCP", so it cannot ask.
fn free_port() -> Result<SocketAddr, LabError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(LabError::Place)
}
