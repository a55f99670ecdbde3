//! A probe over TCP.

use std::time::Duration;

use tokio::net::TcpStream;

use super::line::LineExchange;
use super::{Probe, ProbeFuture};

/// Connects to a TCP address and, if told to, exchanges a line.
///
/// **Without a line it proves only that somebody listens.** The kernel completes the handshake for
/// a process that is frozen or stuck, so a plain connect passes while nothing works behind it. Tell
/// it what to [`send`](Self::send) and what to [`expect`](Self::expect) whenever the protocol has a
/// word for that.
///
/// Every check opens a connection of its own and closes it. A host name is resolved anew each time;
/// all its addresses are tried in turn. At most 4096 bytes of an answer are read.
///
/// # Examples
///
/// ```
/// use health_runtime::probe::TcpProbe;
/// use std::time::Duration;
///
/// let memcached = TcpProbe::new("10.0.0.7:11211")
///     .send("version\r\n")
///     .expect("VERSION ")
///     .timeout(Duration::from_millis(300));
/// # drop(memcached);
/// ```
#[derive(Clone, Debug)]
pub struct TcpProbe {
    address: String,
    exchange: LineExchange,
}

impl TcpProbe {
    /// Makes a probe for `host:port`; IPv6 addresses stand in brackets.
    ///
    /// The address is first looked at by a check: a malformed one makes every check fail.
    #[must_use]
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            exchange: LineExchange::new(),
        }
    }

    /// Sends these bytes after connecting, and waits for a line in return.
    ///
    /// They are sent as they are: give the line its end, as in `"PING\r\n"`, or the server will
    /// wait for more and the check will time out. Any line passes unless [`expect`](Self::expect)
    /// says otherwise.
    #[must_use]
    pub fn send(mut self, line: impl Into<Vec<u8>>) -> Self {
        self.exchange.send = Some(line.into());
        self
    }

    /// Requires the first line of the answer to begin with `prefix`.
    ///
    /// The line must be complete: a connection that ends before `\n` fails the check. Without
    /// [`send`](Self::send) it waits for a greeting, as SMTP servers give one.
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

    /// Bounds a whole check, name resolution included; 1 s unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.exchange.timeout = timeout;
        self
    }
}

impl Probe for TcpProbe {
    fn check(&self) -> ProbeFuture<'_> {
        let connect = TcpStream::connect(self.address.as_str());
        Box::pin(self.exchange.check(&self.address, connect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Identity;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    /// Listens, and answers one line on one connection.
    async fn answering(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let served = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let mut heard = String::new();
            stream.read_line(&mut heard).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            heard
        });
        (address, served)
    }

    #[tokio::test]
    async fn the_line_is_sent_and_the_answer_taken() {
        let (address, served) = answering("PONG boot-1\r\n").await;
        let probe = TcpProbe::new(address)
            .send("PING\r\n")
            .expect("PONG")
            .identity_after("PONG ");
        assert_eq!(probe.check().await.unwrap(), Some(Identity::new("boot-1")));
        assert_eq!(served.await.unwrap(), "PING\r\n");
    }

    #[tokio::test]
    async fn a_bare_connect_passes_although_nobody_accepts() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        assert_eq!(TcpProbe::new(address).check().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_listener_that_never_answers_is_unhealthy() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let probe = TcpProbe::new(address.clone())
            .send("PING\r\n")
            .timeout(Duration::from_millis(50));
        let error = probe.check().await.unwrap_err();
        assert_eq!(
            error.message(),
            format!("{address} accepted but did not answer within 50ms")
        );
    }

    #[tokio::test]
    async fn a_refused_connection_names_the_address_and_the_cause() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let error = TcpProbe::new(address.clone()).check().await.unwrap_err();
        assert_eq!(error.message(), format!("no connection to {address}"));
        assert!(format!("{error:#}").contains("refused"), "{error:#}");
    }

    #[tokio::test]
    async fn a_malformed_address_fails_the_check() {
        let error = TcpProbe::new("no port here").check().await.unwrap_err();
        assert_eq!(error.message(), "no connection to no port here");
    }
}
