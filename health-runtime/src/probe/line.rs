//! One connection, one line out, one line back: what the socket probes share.
//!
//! The peer is not trusted: the answer is bounded in length and in time, and every byte of it that
//! reaches an error message is escaped and cut short.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{DEFAULT_TIMEOUT, Identity, ProbeError};

/// The longest answer that is read, in bytes, its line end included. A health answer is a word or
/// two; this leaves room for a wordy banner and keeps a runaway peer from filling the memory.
const MAX_ANSWER: usize = 4096;

/// How much of an unexpected answer an error message quotes, in bytes before escaping.
const MAX_QUOTE: usize = 60;

/// What to say and what to expect, on a connection that the caller knows how to make.
#[derive(Clone)]
pub(super) struct LineExchange {
    pub(super) send: Option<Vec<u8>>,
    pub(super) expect: Option<String>,
    pub(super) identity_after: Option<String>,
    pub(super) timeout: Duration,
}

impl LineExchange {
    pub(super) fn new() -> Self {
        Self {
            send: None,
            expect: None,
            identity_after: None,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// Connects to `peer` and holds the exchange, all within the timeout.
    ///
    /// Each check has a connection of its own: an answer can never be one that an earlier,
    /// abandoned check had asked for.
    pub(super) async fn check<S>(
        &self,
        peer: &dyn Peer,
        connect: impl Future<Output = io::Result<S>> + Send,
    ) -> Result<Option<Identity>, ProbeError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let mut connected = false;
        let exchange = async {
            let stream = connect.await.map_err(|error| {
                ProbeError::new(format!("no connection to {peer}")).with_source(error)
            })?;
            connected = true;
            self.exchange(peer, stream).await
        };
        let result = tokio::time::timeout(self.timeout, exchange).await;
        result.unwrap_or_else(|_elapsed| {
            let timeout = self.timeout;
            Err(ProbeError::new(if connected {
                format!("{peer} accepted but did not answer within {timeout:?}")
            } else {
                format!("no connection to {peer} within {timeout:?}")
            }))
        })
    }

    async fn exchange<S>(
        &self,
        peer: &dyn Peer,
        mut stream: S,
    ) -> Result<Option<Identity>, ProbeError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        if let Some(line) = &self.send {
            let written = async {
                stream.write_all(line).await?;
                stream.flush().await
            };
            written.await.map_err(|error| {
                ProbeError::new(format!("sending to {peer} failed")).with_source(error)
            })?;
        } else if self.expect.is_none() && self.identity_after.is_none() {
            return Ok(None);
        }
        let answer = read_line(peer, &mut stream).await?;
        self.judge(peer, &answer)
    }

    /// Compares an answer, without its line end, with what was expected.
    fn judge(&self, peer: &dyn Peer, answer: &[u8]) -> Result<Option<Identity>, ProbeError> {
        let after = |prefix: &str| {
            answer.strip_prefix(prefix.as_bytes()).ok_or_else(|| {
                let answer = Quote(answer);
                ProbeError::new(format!("{peer} answered `{answer}`, expected `{prefix}`"))
            })
        };
        if let Some(prefix) = &self.expect {
            after(prefix)?;
        }
        let Some(prefix) = &self.identity_after else {
            return Ok(None);
        };
        let rest = std::str::from_utf8(after(prefix)?).map_or("", str::trim);
        if rest.is_empty() {
            let answer = Quote(answer);
            return Err(ProbeError::new(format!(
                "{peer} answered `{answer}`, expected an identity after `{prefix}`"
            )));
        }
        Ok(Some(Identity::new(rest)))
    }
}

/// Leaves out what is sent: it may hold a password.
impl fmt::Debug for LineExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineExchange")
            .field("expect", &self.expect)
            .field("identity_after", &self.identity_after)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The name of the other side in error messages.
pub(super) trait Peer: fmt::Display + Sync {}
impl<T: fmt::Display + Sync> Peer for T {}

/// Reads one line and returns it without its `\n` or `\r\n`.
///
/// The line end is required even where the prefix already matches: a peer that dies in the middle
/// of its answer has not shown health, and half an identity would look like a new one.
async fn read_line(
    peer: &dyn Peer,
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<Vec<u8>, ProbeError> {
    let mut line = Vec::new();
    let mut chunk = [0; 512];
    loop {
        // Never beyond the bound, or what it lets through would depend on how the answer is cut up.
        let room = chunk.len().min(MAX_ANSWER - line.len());
        let count = stream.read(&mut chunk[..room]).await.map_err(|error| {
            ProbeError::new(format!("reading from {peer} failed")).with_source(error)
        })?;
        if count == 0 {
            return Err(ProbeError::new(if line.is_empty() {
                format!("{peer} closed the connection without an answer")
            } else {
                let line = Quote(&line);
                format!("{peer} closed the connection in the middle of a line, after `{line}`")
            }));
        }
        let read = &chunk[..count];
        if let Some(end) = read.iter().position(|&byte| byte == b'\n') {
            line.extend_from_slice(&read[..end]);
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(line);
        }
        line.extend_from_slice(read);
        if line.len() == MAX_ANSWER {
            return Err(ProbeError::new(format!(
                "{peer} sent {MAX_ANSWER} bytes without a line end"
            )));
        }
    }
}

/// Prints the beginning of what a peer sent, escaped.
struct Quote<'a>(&'a [u8]);

impl fmt::Display for Quote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(MAX_QUOTE)];
        write!(f, "{}", shown.escape_ascii())?;
        f.write_str(if shown.len() < self.0.len() {
            "..."
        } else {
            ""
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::DuplexStream;

    /// Runs an exchange against a peer that sends `answer` and then closes.
    async fn answered(
        exchange: &LineExchange,
        answer: &[u8],
    ) -> Result<Option<Identity>, ProbeError> {
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        far.write_all(answer).await.unwrap();
        far.shutdown().await.unwrap();
        exchange.check(&"peer", connected(near)).await
    }

    async fn connected(stream: DuplexStream) -> io::Result<DuplexStream> {
        Ok(stream)
    }

    fn expecting(prefix: &str) -> LineExchange {
        LineExchange {
            expect: Some(prefix.into()),
            ..LineExchange::new()
        }
    }

    fn capturing(prefix: &str) -> LineExchange {
        LineExchange {
            identity_after: Some(prefix.into()),
            ..LineExchange::new()
        }
    }

    #[tokio::test]
    async fn the_expected_prefix_is_enough() {
        assert_eq!(
            answered(&expecting("PONG"), b"PONG and more\r\nnoise")
                .await
                .unwrap(),
            None
        );
    }

    #[tokio::test]
    async fn a_wrong_prefix_is_quoted_escaped_and_cut_short() {
        let mut answer = b"\x1b[31mHTTP/1.1 400".to_vec();
        answer.extend([b'x'; 200]);
        answer.push(b'\n');
        let error = answered(&expecting("PONG"), &answer).await.unwrap_err();
        let message = error.message();
        assert!(message.contains(r"`\x1b[31mHTTP/1.1 400xx"), "{message}");
        assert!(message.ends_with("...`, expected `PONG`"), "{message}");
        assert!(message.len() < 200, "{message}");
    }

    #[tokio::test]
    async fn a_line_cut_off_by_the_end_is_an_error_although_the_prefix_matches() {
        let error = answered(&expecting("PONG"), b"PONG").await.unwrap_err();
        assert_eq!(
            error.message(),
            "peer closed the connection in the middle of a line, after `PONG`"
        );
    }

    #[tokio::test]
    async fn silence_before_the_end_is_an_error() {
        let error = answered(&expecting(""), b"").await.unwrap_err();
        assert_eq!(
            error.message(),
            "peer closed the connection without an answer"
        );
    }

    #[tokio::test]
    async fn an_endless_line_is_cut_off_at_the_bound() {
        let answer = vec![b'x'; 60 * 1024];
        let error = answered(&expecting("x"), &answer).await.unwrap_err();
        assert_eq!(error.message(), "peer sent 4096 bytes without a line end");
    }

    #[tokio::test]
    async fn the_bound_is_the_same_however_the_answer_arrives() {
        let answers = [(MAX_ANSWER - 1, true), (MAX_ANSWER, false), (4400, false)];
        for (length, fits) in answers {
            let line = [&vec![b'x'; length][..], b"\n"].concat();
            for piece in [1, 511, 512, 4095] {
                let (first, rest) = line.split_at(piece);
                let near = tokio::io::join(first.chain(rest), tokio::io::sink());
                let result = expecting("x").check(&"peer", async { Ok(near) }).await;
                let told = result.map_err(|error| error.message().to_owned());
                let expected = match fits {
                    true => Ok(None),
                    false => Err("peer sent 4096 bytes without a line end".to_owned()),
                };
                assert_eq!(told, expected, "{length} bytes, {piece} of them first");
            }
        }
    }

    #[tokio::test]
    async fn the_rest_of_the_line_is_the_identity() {
        let identity = answered(&capturing("PONG "), b"PONG  boot-7 \r\n").await;
        assert_eq!(identity.unwrap(), Some(Identity::new("boot-7")));
    }

    #[tokio::test]
    async fn a_missing_or_unreadable_identity_is_an_error() {
        for answer in [&b"PONG \n"[..], b"PONG \xff\xfe\n"] {
            let error = answered(&capturing("PONG "), answer).await.unwrap_err();
            let message = error.message();
            assert!(
                message.ends_with("expected an identity after `PONG `"),
                "{message}"
            );
        }
    }

    #[tokio::test]
    async fn without_a_line_a_connection_is_all_that_is_asked() {
        let (near, _far) = tokio::io::duplex(1);
        let result = LineExchange::new().check(&"peer", connected(near)).await;
        assert_eq!(result.unwrap(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_costs_the_timeout_and_no_more() {
        let (near, _far) = tokio::io::duplex(64);
        let started = tokio::time::Instant::now();
        let error = expecting("PONG").check(&"peer", connected(near)).await;
        assert_eq!(
            error.unwrap_err().message(),
            "peer accepted but did not answer within 1s"
        );
        assert_eq!(started.elapsed(), DEFAULT_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_does_not_read_costs_the_timeout_too() {
        let (near, _far) = tokio::io::duplex(1);
        let exchange = LineExchange {
            send: Some(b"PING\n".to_vec()),
            ..expecting("PONG")
        };
        let error = exchange.check(&"peer", connected(near)).await.unwrap_err();
        assert_eq!(
            error.message(),
            "peer accepted but did not answer within 1s"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_connect_that_hangs_is_named_as_such() {
        let connect = std::future::pending::<io::Result<DuplexStream>>();
        let error = expecting("PONG").check(&"peer", connect).await.unwrap_err();
        assert_eq!(error.message(), "no connection to peer within 1s");
    }

    #[tokio::test]
    async fn debug_output_hides_what_is_sent() {
        let exchange = LineExchange {
            send: Some(b"AUTH hunter2\n".to_vec()),
            ..LineExchange::new()
        };
        let shown = format!("{exchange:?}");
        assert!(
            !shown.contains("send") && !shown.contains("AUTH"),
            "{shown}"
        );
    }
}
