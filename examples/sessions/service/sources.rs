//! What Redis and the API say of a session. All three reapers of the demo read this way.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::error::Error;

/// Both answer in less than a millisecond when they are well.
const PATIENCE: Duration = Duration::from_millis(300);

/// Where the service reads whether a session is alive.
#[async_trait]
pub trait Sources: Send + Sync {
    /// Redis: whether the session is in the set that its heartbeats keep it in.
    async fn has_heartbeat(&self, id: &str) -> Result<bool, Error>;

    /// The API: whether it knows the session.
    async fn is_known(&self, id: &str) -> Result<bool, Error>;
}

/// The real ones.
pub struct RedisAndApi {
    redis: redis::Client,
    /// Taken out for a question, and put back only after an answer.
    kept: Mutex<Option<MultiplexedConnection>>,
    api: PathBuf,
}

impl RedisAndApi {
    pub fn new(redis: redis::Client, api: impl Into<PathBuf>) -> Self {
        Self {
            redis,
            kept: Mutex::default(),
            api: api.into(),
        }
    }

    async fn ask_redis(&self, id: &str) -> redis::RedisResult<bool> {
        let mut question = redis::cmd("SISMEMBER");
        question.arg("heartbeats").arg(id);
        let kept = self.lock_kept().take();
        // A dead connection is replaced without a word, as pools do it. That is why a Redis that
        // was restarted, and is empty, looks perfectly healthy from here.
        let (answer, connection) = match kept {
            Some(mut old) => match question.query_async(&mut old).await {
                Err(error) if error.is_connection_dropped() => self.ask_anew(&question).await?,
                answer => (answer?, old),
            },
            None => self.ask_anew(&question).await?,
        };
        *self.lock_kept() = Some(connection);
        Ok(answer)
    }

    async fn ask_anew(
        &self,
        question: &redis::Cmd,
    ) -> redis::RedisResult<(bool, MultiplexedConnection)> {
        let mut connection = self.redis.get_multiplexed_async_connection().await?;
        Ok((question.query_async(&mut connection).await?, connection))
    }

    async fn ask_api(&self, question: &str) -> std::io::Result<String> {
        let mut stream = UnixStream::connect(&self.api).await?;
        stream.write_all(question.as_bytes()).await?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).await?;
        Ok(answer.trim_end().to_owned())
    }

    fn lock_kept(&self) -> std::sync::MutexGuard<'_, Option<MultiplexedConnection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sources for RedisAndApi {
    async fn has_heartbeat(&self, id: &str) -> Result<bool, Error> {
        match timeout(PATIENCE, self.ask_redis(id)).await {
            Ok(answer) => answer.map_err(Error::Redis),
            Err(_) => Err(Error::TimedOut(PATIENCE)),
        }
    }

    async fn is_known(&self, id: &str) -> Result<bool, Error> {
        match timeout(PATIENCE, self.ask_api(&format!("SESSION {id}\n"))).await {
            Ok(Ok(answer)) if answer == "ALIVE" => Ok(true),
            Ok(Ok(answer)) if answer == "GONE" => Ok(false),
            Ok(Ok(answer)) => Err(Error::Answer(answer)),
            Ok(Err(error)) => Err(Error::Api(error)),
            Err(_) => Err(Error::TimedOut(PATIENCE)),
        }
    }
}
