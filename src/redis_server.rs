//! The real Redis.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::LabError;
use crate::process::{HasProcess, Process, Recipe};
use crate::redis_admin::Admin;

const PROGRAM: &str = "redis-server";

/// What Redis calls the file that it saves to and loads from.
pub(crate) const DUMP: &str = "dump.rdb";

/// How many keys there are at least when it loads.
const FILL: u32 = 200;

/// The option that makes it answer while it loads, after each so many bytes.
const LOOK_UP_OFTEN: &str = "--loading-process-events-interval-bytes";

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

    /// Kills it and starts it again with the data it had, which it takes about `time` to read: for so
    /// long it answers everything with `LOADING`.
    ///
    /// Returns once it answers so. The next start finds nothing again.
    ///
    /// # Errors
    ///
    /// [`LabError`] if it cannot be told to save its data, or does not start again.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may leave the server killed; its next start may then find its data.
    pub async fn restart_loading(&mut self, time: Duration) -> Result<(), LabError> {
        let mut admin = Admin::connect(self.process.socket()).await?;
        // Redis waits after each key that it reads: so many take long enough to be timed.
        // It looks up from its file every 1024 bytes, and each key is as long as that.
        let fill = format!(
            "EVAL \"for i=1,{FILL} do redis.call('set','filler:'..i,string.rep('x',1024)) end\" 0"
        );
        admin.run(&fill).await?;
        admin.run("CONFIG SET rdbcompression no").await?;
        admin.run("SAVE").await?;
        let per_key = (time / FILL).as_micros().to_string();
        let mut recipe = self.process.recipe().clone();
        let slowly = ["--key-load-delay", &per_key, LOOK_UP_OFTEN, "1024"];
        recipe.arguments.extend(slowly.map(OsString::from));
        recipe.pongs = &["-LOADING", "+PONG"];
        self.process.restart_as(recipe).await?;
        // It has opened the file and needs its name no more. Nothing else may find it.
        std::fs::remove_file(self.process.directory().join(DUMP)).map_err(LabError::Place)
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
        pongs: &["+PONG"],
    }
}

/// Asks the system for a port that is free now. Redis takes port 0 for "no TCP", so it cannot ask.
fn free_port() -> Result<SocketAddr, LabError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(LabError::Place)
}
