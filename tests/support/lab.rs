//! What tests with real processes share.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use health_lab::{Program, RedisServer};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

/// How long a loaded machine may take for what takes milliseconds on an idle one.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Long enough for a healthy server to answer, short enough to wait for a frozen one not to.
pub(crate) const SHORT: Duration = Duration::from_millis(150);

/// The program whose `main` may serve.
pub(crate) fn program() -> Program {
    Program::at(env!("CARGO_BIN_EXE_health-lab-server"))
}

/// Says whether tests of the real Redis can run; on CI they must.
pub(crate) fn has_redis() -> bool {
    let installed = RedisServer::is_installed();
    if !installed {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must have redis-server installed"
        );
        eprintln!("skipped: redis-server is not installed");
    }
    installed
}

/// Polls until the condition holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// A connection that speaks in lines.
pub(crate) struct Lines(BufReader<UnixStream>);

impl Lines {
    pub(crate) async fn connect(socket: &Path) -> std::io::Result<Self> {
        Ok(Self(BufReader::new(UnixStream::connect(socket).await?)))
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Sends to a server that may have said its last word before it was asked.
    pub(crate) async fn send_in_vain(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.ok();
    }

    /// The next line without its end; empty when the server has closed the connection.
    pub(crate) async fn hear(&mut self) -> String {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.0.read_line(&mut line)).await;
        match read.expect("an answer in time") {
            // The kernel's word for "closed, and did not read all that was sent".
            Err(error) if error.kind() == ErrorKind::ConnectionReset => String::new(),
            read => read.map(|_| line.trim_end().to_owned()).unwrap(),
        }
    }

    /// Whether nothing comes for a while.
    pub(crate) async fn is_silent(&mut self) -> bool {
        timeout(SHORT, self.0.fill_buf()).await.is_err()
    }

    /// Whether the server has closed the connection, or does so soon.
    pub(crate) async fn is_over(&mut self) -> bool {
        let read = timeout(PATIENCE, self.0.fill_buf()).await;
        !matches!(read, Ok(Ok([_, ..])) | Err(_))
    }

    pub(crate) async fn ask(&mut self, request: &str) -> String {
        self.send(format!("{request}\n").as_bytes()).await;
        self.hear().await
    }
}
