//! What peers say: to the probes, and in a header to callers.
//!
//! The files of the probes are those of `health-runtime`, which keeps them private.

pub mod retry_after;

use std::time::Duration;

#[path = "../../../health-runtime/src/probe/error.rs"]
mod error;
#[allow(
    dead_code,
    reason = "the socket probes use more of it than its targets"
)]
#[path = "../../../health-runtime/src/probe/line.rs"]
mod exchange;
#[path = "../../../health-runtime/src/probe/identity.rs"]
mod identity;
#[path = "../../../health-runtime/src/probe/info.rs"]
mod info;

use self::error::ProbeError;
use self::identity::Identity;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);

/// Any bytes as the answer to a line.
pub mod line {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::exchange::LineExchange;
    use super::{DEFAULT_TIMEOUT, Identity, ProbeError};
    use crate::pieces::Pieces;

    /// The longest answer that is read, line end included, as `probe/line.rs` documents it.
    const MAX_ANSWER: usize = 4096;

    /// The first byte says what is expected, the second in which pieces the answer, the rest, arrives.
    ///
    /// Whole and in pieces, an answer means the same; what is accepted is a line that begins as expected
    /// and fits into the bound; what is refused is quoted on one line, escaped and cut short.
    pub fn run(input: &[u8]) {
        let [which, step, answer @ ..] = input else {
            return;
        };
        let (expect, identity_after) = [
            (Some(""), None),
            (Some("PONG"), None),
            (None, Some("PONG ")),
            (Some("P"), Some("PONG ")),
        ][usize::from(*which) % 4];
        let exchange = LineExchange {
            send: None,
            expect: expect.map(str::to_owned),
            identity_after: identity_after.map(str::to_owned),
            timeout: DEFAULT_TIMEOUT,
        };
        let whole = judged(&exchange, answer, usize::MAX);
        let in_pieces = judged(&exchange, answer, 1 + usize::from(*step));
        match (&whole, &in_pieces) {
            (Ok(whole), Ok(in_pieces)) => assert_eq!(whole, in_pieces),
            (Err(whole), Err(in_pieces)) => assert_eq!(whole.message(), in_pieces.message()),
            _ => panic!("whole: {whole:?}, in pieces of {step}: {in_pieces:?}"),
        }
        match whole {
            Ok(identity) => accepted(&exchange, answer, identity.as_ref()),
            Err(error) => {
                let text = format!("{error:#}");
                assert!(text.starts_with("peer "), "{text}");
                assert!(text.chars().all(|c| (' '..='~').contains(&c)), "{text:?}");
                // 60 bytes, each of which is escaped to four at most.
                assert!(text.len() < 60 * 4 + 100, "{text}");
            }
        }
    }

    fn accepted(exchange: &LineExchange, answer: &[u8], identity: Option<&Identity>) {
        let end = answer.iter().position(|byte| *byte == b'\n');
        let end = end.expect("an answer without a line end is none");
        assert!(end < MAX_ANSWER, "{end} bytes before the line end");
        let line = &answer[..end];
        for prefix in exchange.expect.iter().chain(&exchange.identity_after) {
            assert!(line.starts_with(prefix.as_bytes()));
        }
        assert_eq!(identity.is_some(), exchange.identity_after.is_some());
        if let Some(identity) = identity {
            assert!(!identity.as_str().is_empty());
            assert_eq!(identity.as_str().trim(), identity.as_str());
            assert!(
                line.ends_with(identity.as_str().as_bytes()) || line.ends_with(b" ") || {
                    let line = String::from_utf8_lossy(line);
                    line.trim_end().ends_with(identity.as_str())
                }
            );
        }
    }

    fn judged(
        exchange: &LineExchange,
        answer: &[u8],
        piece: usize,
    ) -> Result<Option<Identity>, ProbeError> {
        thread_local! {
            static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime without I/O");
        }
        let stream = Peer(Pieces::new(answer, piece));
        RUNTIME.with(|runtime| runtime.block_on(exchange.check(&"peer", async { Ok(stream) })))
    }

    /// Answers in pieces, hears nothing, and hangs up then.
    struct Peer<'a>(Pieces<'a>);

    impl AsyncRead for Peer<'_> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            buffer.put_slice(self.0.next(buffer.remaining()));
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Peer<'_> {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
}

/// Any text as the answer to `INFO server`.
pub mod run_id {
    use super::info::field;

    /// What is found stands in a line of its own, behind its name, and says something.
    pub fn run(input: &[u8]) {
        let text = String::from_utf8_lossy(input);
        let found = field(&text, "run_id:");
        let expected = text
            .split('\n')
            .find_map(|line| line.strip_prefix("run_id:"))
            .map(str::trim);
        assert_eq!(found.unwrap_or_default(), expected.unwrap_or_default());
        assert_ne!(found, Some(""));
    }
}
