//! A probe of Redis, on the `redis` crate, which stays out of the public API.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, RedisError};

use super::info::field;
use super::{DEFAULT_TIMEOUT, Identity, Probe, ProbeError, ProbeFuture};

/// The most that an error message repeats of what Redis said, in characters.
const MAX_TOLD: usize = 200;

/// Sends `PING`, and reads who answers: `run_id` from `INFO server` and `master_replid` from `INFO
/// replication`, which together become the [`Identity`].
///
/// Redis draws a new `run_id` at every start, so that a server which was killed and came back empty
/// is told from one that was healthy all along: both answer `PONG`. A replica keeps its `run_id` when
/// it takes over the data of a master that came back empty, and loses its own; it takes over the
/// `master_replid` with them. That one changes at a failover too, and on a master an hour after its
/// last replica has left it, without any loss: the gate then waits for no reason but that it cannot
/// know. Where a server has no `master_replid`, the `run_id` is all. An error answer to any
/// command fails the check: `LOADING` while a data set is read, `NOAUTH`, `NOPERM`, `MASTERDOWN`.
///
/// One connection is kept between checks. It is given up after an error, a timeout, or when the
/// check is dropped half-way, since an answer may then be outstanding on it. When the kept
/// connection turns out to be dead, the same check tries once more on a new one, within the same
/// timeout: a restart between two checks shows as a new identity and not as a failure.
///
/// `INFO` must be allowed to the user in the URL. Where it cannot be, see
/// [`without_identity`](Self::without_identity).
///
/// # Examples
///
/// ```
/// use health_runtime::probe::{ProbeError, RedisProbe};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), ProbeError> {
/// let redis = RedisProbe::new("redis://127.0.0.1:6379")?.timeout(Duration::from_millis(300));
/// # drop(redis);
/// # Ok(())
/// # }
/// ```
pub struct RedisProbe {
    client: Client,
    timeout: Duration,
    ask: Ask,
    /// Taken out for the length of a check and put back only after a good one, so that every other
    /// way out of a check closes the connection. Checks that overlap make one of their own.
    kept: Mutex<Option<MultiplexedConnection>>,
}

/// What a check asks for.
#[derive(Clone, Copy, Debug)]
enum Ask {
    PingAndIdentity,
    PingOnly,
}

impl RedisProbe {
    /// Makes a probe for a URL such as `redis://user:password@host:6379/0` or
    /// `redis+unix:///run/redis.sock`.
    ///
    /// Nothing is connected until the first check.
    ///
    /// # Errors
    ///
    /// [`ProbeError`] if the URL cannot be used: malformed, or with TLS (`rediss://`) in a build of
    /// the `redis` crate that has none. The message does not repeat the URL, which may hold a
    /// password.
    pub fn new(url: &str) -> Result<Self, ProbeError> {
        let client = Client::open(url)
            .map_err(|error| ProbeError::new("unusable redis URL").with_source(told(&error)))?;
        Ok(Self {
            client,
            timeout: DEFAULT_TIMEOUT,
            ask: Ask::PingAndIdentity,
            kept: Mutex::new(None),
        })
    }

    /// Bounds a whole check, the connect and name resolution included; 1 s unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Asks for `PING` alone, for servers that forbid `INFO`.
    ///
    /// This weakens what the probe proves: a Redis that lost everything in a restart can no longer
    /// be told from one that did not.
    #[must_use]
    pub fn without_identity(mut self) -> Self {
        self.ask = Ask::PingOnly;
        self
    }

    async fn check_on_kept_or_new(&self) -> Result<Option<Identity>, Failure> {
        let kept = self.lock_kept().take();
        if let Some(connection) = kept {
            match self.ask(connection).await {
                Err(Failure::ConnectionLost(_)) => {}
                answered => return answered,
            }
        }
        self.ask(self.connect().await?).await
    }

    async fn connect(&self) -> Result<MultiplexedConnection, Failure> {
        // The timeout of the probe covers both; the defaults of the crate (1 s, 500 ms) would cut
        // off a longer one that the user has asked for.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let connect = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        connect.await.map_err(|error| {
            let message = format!("no connection to redis at {}", self.address());
            Failure::Final(ProbeError::new(message).with_source(told(&error)))
        })
    }

    async fn ask(
        &self,
        mut connection: MultiplexedConnection,
    ) -> Result<Option<Identity>, Failure> {
        let pong: String = self.query(&mut connection, &["PING"]).await?;
        if pong != "PONG" {
            let address = self.address();
            return Err(Failure::Final(ProbeError::new(format!(
                "redis at {address} answered PING with something other than PONG"
            ))));
        }
        let identity = match self.ask {
            Ask::PingOnly => None,
            Ask::PingAndIdentity => {
                let info: String = self.query(&mut connection, &["INFO", "server"]).await?;
                let run_id = field(&info, "run_id:").ok_or_else(|| {
                    let address = self.address();
                    Failure::Final(ProbeError::new(format!(
                        "redis at {address} told no run_id in INFO server"
                    )))
                })?;
                let mut identity = run_id.to_owned();
                let info: String = self
                    .query(&mut connection, &["INFO", "replication"])
                    .await?;
                if let Some(history) = field(&info, "master_replid:") {
                    identity.push(' ');
                    identity.push_str(history);
                }
                Some(Identity::new(identity))
            }
        };
        *self.lock_kept() = Some(connection);
        Ok(identity)
    }

    async fn query<T: FromRedisValue>(
        &self,
        connection: &mut MultiplexedConnection,
        command: &[&str],
    ) -> Result<T, Failure> {
        let mut request = redis::Cmd::new();
        request.arg(command);
        request.query_async(connection).await.map_err(|error| {
            let (what, address) = (command.join(" "), self.address());
            let message = format!("{what} failed on redis at {address}");
            let failure = ProbeError::new(message).with_source(told(&error));
            if error.is_connection_dropped() {
                Failure::ConnectionLost(failure)
            } else {
                Failure::Final(failure)
            }
        })
    }

    /// Host and port, or the path of the socket; never the password.
    fn address(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }

    fn lock_kept(&self) -> std::sync::MutexGuard<'_, Option<MultiplexedConnection>> {
        // Nothing can panic while it is held, and a connection has no invariant to lose.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Probe for RedisProbe {
    fn check(&self) -> ProbeFuture<'_> {
        Box::pin(async {
            let check = tokio::time::timeout(self.timeout, self.check_on_kept_or_new());
            match check.await {
                Ok(answer) => answer.map_err(Failure::into_error),
                Err(_elapsed) => {
                    let (address, timeout) = (self.address(), self.timeout);
                    Err(ProbeError::new(format!(
                        "redis at {address} did not answer within {timeout:?}"
                    )))
                }
            }
        })
    }
}

impl fmt::Debug for RedisProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisProbe")
            .field("address", &self.address())
            .field("timeout", &self.timeout)
            .field("ask", &self.ask)
            .finish_non_exhaustive()
    }
}

/// Why one attempt of a check failed.
enum Failure {
    /// The connection was dead; on a kept one this says nothing about the server of today.
    ConnectionLost(ProbeError),
    Final(ProbeError),
}

impl Failure {
    fn into_error(self) -> ProbeError {
        match self {
            Self::ConnectionLost(error) | Self::Final(error) => error,
        }
    }
}

/// The text of an error of the `redis` crate, on one line and cut short: a part of it is the peer's.
///
/// The error itself is no `source`: its `Display` already contains its causes, and its type would
/// tie our callers to the version of the crate.
fn told(error: &RedisError) -> String {
    // The word that Redis said, such as LOADING, and not the crate's name for it.
    let text = match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    };
    let on_one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut text: String = on_one_line.take(MAX_TOLD).collect();
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_redis_said_is_told_on_one_short_line() {
        let detail = format!("loading\n\x1b[31m{}", "x".repeat(500));
        let error = redis::make_extension_error("LOADING".into(), Some(detail));
        let text = told(&error);
        assert!(text.starts_with("LOADING loading  [31mxxx"), "{text}");
        assert_eq!(text.len(), MAX_TOLD);
    }

    #[test]
    fn neither_debug_output_nor_errors_show_the_password() {
        let probe = RedisProbe::new("redis://me:hunter2@127.0.0.1:6379/0").unwrap();
        let shown = format!("{probe:?}");
        assert!(shown.contains("127.0.0.1:6379"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");

        let error = RedisProbe::new("redis://me:hunter2@127.0.0.1:port/0").unwrap_err();
        assert_eq!(error.message(), "unusable redis URL");
        assert!(!format!("{error:#}").contains("hunter2"), "{error:#}");
    }
}
