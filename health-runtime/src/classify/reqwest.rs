//! How a [`reqwest::Error`] counts: the table stands at its `impl`.

use std::error::Error as StdError;

use ::reqwest::Error;

use super::{Classify, HttpStatuses, carries_refusal, first_known};
use crate::outcome::{FailureKind, Outcome};

/// By what went wrong. A status (of `error_for_status`) counts by the table of the dependency, see
/// [`HttpStatuses`]; the error keeps no headers, so its `Retry-After` is for you to read, with
/// [`retry_after`](crate::retry_after), before you make an error of the response.
///
/// | error | counts as | because |
/// |---|---|---|
/// | a status | as the table of the dependency says | |
/// | a timeout, of whatever part | failure of kind timeout | |
/// | connecting, sending, the body of a request or a response | failure | it cannot be reached, or broke off |
/// | decoding, where the response broke off | failure | |
/// | decoding, where the response came as a whole | neutral | it answered, in another form than expected |
/// | building a request, too many redirects, no upgrade | neutral | it is about the request |
impl Classify for Error {
    fn classify(&self) -> Outcome {
        if carries_refusal(self) || self.is_builder() {
            return Outcome::Neutral;
        }
        if let Some(status) = self.http_status() {
            return HttpStatuses::default().outcome(status);
        }
        if self.is_timeout() || self.is_connect() || self.is_request() || self.is_body() {
            return Outcome::FAILURE;
        }
        if self.is_decode() {
            return by_decoding(self.source());
        }
        Outcome::Neutral
    }

    fn http_status(&self) -> Option<u16> {
        self.status().map(|status| status.as_u16())
    }

    fn kind(&self) -> FailureKind {
        if self.is_timeout() {
            FailureKind::Timeout
        } else {
            FailureKind::Error
        }
    }
}

/// Reading a body to its end fails as "decoding" too, with what it met as the source.
fn by_decoding(source: Option<&(dyn StdError + 'static)>) -> Outcome {
    source
        .and_then(first_known)
        .map_or(Outcome::Neutral, Classify::classify)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::SocketAddr;
    use std::time::Duration;

    use ::reqwest::{Client, Response};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that answers its first request with these bytes, and then hangs up or does nothing.
    async fn server(answer: &'static str, then: Then) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).await.unwrap();
                request.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            if then == Then::Hang {
                std::future::pending::<()>().await;
            }
        });
        address
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Then {
        HangUp,
        Hang,
    }

    /// Never waited for: a test that comes to it has paused the time.
    const LIMIT: Duration = Duration::from_secs(60);

    fn client() -> Client {
        Client::builder().no_proxy().build().unwrap()
    }

    async fn get(answer: &'static str, then: Then) -> Result<Response, Error> {
        let address = server(answer, then).await;
        let request = client().get(format!("http://{address}/"));
        request.timeout(LIMIT).send().await
    }

    fn seen(error: &Error) -> (Outcome, FailureKind) {
        (error.classify(), Classify::kind(error))
    }

    const FAILURE: (Outcome, FailureKind) = (Outcome::FAILURE, FailureKind::Error);
    const TIMEOUT: (Outcome, FailureKind) = (Outcome::FAILURE, FailureKind::Timeout);
    const NEUTRAL: (Outcome, FailureKind) = (Outcome::Neutral, FailureKind::Error);

    #[tokio::test]
    async fn a_status_is_told_and_counts_by_the_table() {
        let busy = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        let response = get(busy, Then::HangUp).await.unwrap();
        let error = response.error_for_status().unwrap_err();
        assert_eq!(error.http_status(), Some(503));
        assert_eq!(seen(&error), FAILURE);
        let missing = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        let response = get(missing, Then::HangUp).await.unwrap();
        let error = response.error_for_status().unwrap_err();
        assert_eq!(error.http_status(), Some(404));
        assert_eq!(seen(&error), NEUTRAL);
    }

    #[tokio::test]
    async fn a_port_that_nobody_listens_on_is_a_failure() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let url = format!("http://{address}/");
        let error = client().get(url).send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        assert_eq!(seen(&error), FAILURE);
    }

    #[tokio::test]
    async fn a_server_that_hangs_up_or_talks_nonsense_is_a_failure() {
        let error = get("", Then::HangUp).await.unwrap_err();
        assert!(error.is_request(), "{error:?}");
        assert_eq!(seen(&error), FAILURE);
        let error = get("SSH-2.0-OpenSSH\r\n\r\n", Then::HangUp).await;
        assert_eq!(seen(&error.unwrap_err()), FAILURE);
    }

    #[tokio::test]
    async fn a_server_that_hangs_is_a_timeout_before_and_within_the_body() {
        let half = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";
        let response = get(half, Then::Hang).await.unwrap();
        tokio::time::pause();
        let error = get("", Then::Hang).await.unwrap_err();
        assert_eq!(seen(&error), TIMEOUT);
        let error = response.bytes().await.unwrap_err();
        assert!(error.is_decode(), "{error:?}");
        assert_eq!(seen(&error), TIMEOUT);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_a_failure_although_reqwest_calls_it_decoding() {
        let half = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";
        let response = get(half, Then::HangUp).await.unwrap();
        let error = response.bytes().await.unwrap_err();
        assert!(error.is_decode(), "{error:?}");
        assert_eq!(seen(&error), FAILURE);
        let mut response = get(half, Then::HangUp).await.unwrap();
        let error = loop {
            match response.chunk().await {
                Ok(chunk) => assert!(chunk.is_some(), "it is cut short"),
                Err(error) => break error,
            }
        };
        assert_eq!(seen(&error), FAILURE);
    }

    #[tokio::test]
    async fn redirects_without_end_and_bad_requests_are_neutral() {
        let again = "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n";
        let address = server(again, Then::Hang).await;
        let policy = ::reqwest::redirect::Policy::limited(0);
        let strict = Client::builder().no_proxy().redirect(policy).build();
        let request = strict.unwrap().get(format!("http://{address}/"));
        let error = request.send().await.unwrap_err();
        assert!(error.is_redirect(), "{error:?}");
        assert_eq!(seen(&error), NEUTRAL);
        let error = client().get("not a url").send().await.unwrap_err();
        assert!(error.is_builder(), "{error:?}");
        assert_eq!(seen(&error), NEUTRAL);
    }

    #[test]
    fn a_response_in_another_form_is_neutral() {
        // As `serde_json` says it, which would need one more feature of `reqwest` here.
        let no_json = std::fmt::Error;
        assert_eq!(by_decoding(Some(&no_json)), Outcome::Neutral);
        let cut_short = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert_eq!(by_decoding(Some(&cut_short)), Outcome::FAILURE);
    }
}
