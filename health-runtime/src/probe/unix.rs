//! A probe over a Unix socket.

use std::path::PathBuf;
use std::time::Duration;

use tokio::net::UnixStream;

use super::line::LineExchange;
use super::{Probe, ProbeFuture};

/// Connects to a Unix socket and, if told to, exchanges a line.
///
/// **Without a line it proves only that somebody listens.** The kernel queues connections for a
/// process that is frozen or stuck, so a plain connect passes while nothing works behind it. Tell
/// it what to [`send`](Self::send) and what to [`expect`](Self::expect) whenever the protocol has a
/// word for that.
///
/// Every check opens a connection of its own and closes it. At most 4096 bytes of an answer are
/// read. Only on Unix.
///
/// # Examples
///
/// ```
/// use health_runtime::probe::UnixProbe;
///
/// // `PING` is answered by `PONG <id of this run>`: a changed id means a restart.
/// let api = UnixProbe::new("/run/api.sock")
///     .send("PING\n")
///     .identity_after("PONG ");
/// # drop(api);
/// ```
#[derive(Clone, Debug)]
pub struct UnixProbe {
    path: PathBuf,
    exchange: LineExchange,
}

impl UnixProbe {
    /// Makes a probe for the socket at `path`.
    ///
    /// The path is first looked at by a check: one that is too long for a socket address (108 bytes
    /// on Linux) makes every check fail.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            exchange: LineExchange::new(),
        }
    }

    /// Sends these bytes after connecting, and waits for a line in return.
    ///
    /// They are sent as they are: give the line its end, as in `"PING\n"`, or the server will wait
    /// for more and the check will time out. Any line passes unless [`expect`](Self::expect) says
    /// otherwise.
    #[must_use]
    pub fn send(mut self, line: impl Into<Vec<u8>>) -> Self {
        self.exchange.send = Some(line.into());
        self
    }

    /// Requires the first line of the answer to begin with `prefix`.
    ///
    /// The line must be complete: a connection that ends before `\n` fails the check. Without
    /// [`send`](Self::send) it waits for a greeting.
    #[must_use]
    pub fn expect(mut self, prefix: impl Into<String>) -> Self {
        self.exchange.expect = Some(prefix.into());
        self
    }

    /// Takes what follows `prefix` in the first line as the [`Identity`](super::Identity).
    ///
    /// Spaces around it are left out. A line that does not begin with `prefix`, or has nothing
    /// after it, fails the check.
    #[must_use]
    pub fn identity_after(mut self, prefix: impl Into<String>) -> Self {
        self.exchange.identity_after = Some(prefix.into());
        self
    }

    /// Bounds a whole check; 1 s unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.exchange.timeout = timeout;
        self
    }
}

impl Probe for UnixProbe {
    fn check(&self) -> ProbeFuture<'_> {
        Box::pin(async {
            let peer = self.path.display();
            let connect = UnixStream::connect(&self.path);
            self.exchange.check(&peer, connect).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::UnixListener;

    #[tokio::test]
    async fn a_missing_socket_names_the_path_and_the_cause() {
        let error = UnixProbe::new("/nonexistent/api.sock")
            .check()
            .await
            .unwrap_err();
        assert_eq!(error.message(), "no connection to /nonexistent/api.sock");
        assert!(format!("{error:#}").contains("No such file"), "{error:#}");
    }

    #[tokio::test]
    async fn a_path_too_long_for_a_socket_fails_the_check() {
        let path = format!("/tmp/{}", "x".repeat(200));
        let error = UnixProbe::new(path).check().await.unwrap_err();
        assert!(format!("{error:#}").contains("SUN_LEN"), "{error:#}");
    }

    #[tokio::test]
    async fn a_listener_that_never_answers_is_unhealthy() {
        let path = std::env::temp_dir().join(format!("hr-unix-{}.sock", std::process::id()));
        let _stale = std::fs::remove_file(&path);
        let _listener = UnixListener::bind(&path).unwrap();
        let silent = UnixProbe::new(&path)
            .send("PING\n")
            .timeout(Duration::from_millis(50));
        let bare = UnixProbe::new(&path);

        let error = silent.check().await.unwrap_err();
        assert!(error.message().ends_with("did not answer within 50ms"));
        assert_eq!(bare.check().await.unwrap(), None);
        std::fs::remove_file(&path).unwrap();
    }
}
