//! How sessions show that they live: through the service, by guarded calls, on the same paths as all
//! the rest.
//!
//! That they are guarded matters. A Redis that answers every read and takes no write looks well from
//! every read, and a probe; if it was started empty before, nothing but a failed write tells that the
//! signs of life cannot come in again.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use health_runtime::guarded;
use redis::aio::MultiplexedConnection;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::service::Error;
use crate::times::PATIENCE;

/// One user's way to the service.
pub struct Signs {
    redis: redis::Client,
    /// Taken out for a command, and put back only after an answer.
    kept: Mutex<Option<MultiplexedConnection>>,
    api: PathBuf,
}

impl Signs {
    pub fn new(redis: redis::Client, api: PathBuf) -> Self {
        Self {
            redis,
            kept: Mutex::default(),
            api,
        }
    }

    /// Heartbeats of these sessions, in Redis.
    #[guarded(deps = ["redis"])]
    pub async fn beat(&self, ids: &BTreeSet<String>) -> Result<(), Error> {
        match timeout(PATIENCE, self.add(ids)).await {
            Ok(added) => added.map_err(Error::Redis),
            Err(_) => Err(Error::TimedOut(PATIENCE)),
        }
    }

    /// Makes these sessions known to the API.
    #[guarded(deps = ["api"])]
    pub async fn open(&self, ids: &BTreeSet<String>) -> Result<(), Error> {
        match timeout(PATIENCE, self.tell(ids)).await {
            Ok(told) => told,
            Err(_) => Err(Error::TimedOut(PATIENCE)),
        }
    }

    async fn add(&self, ids: &BTreeSet<String>) -> redis::RedisResult<()> {
        let mut command = redis::cmd("SADD");
        command.arg("heartbeats").arg(ids);
        let kept = self.lock_kept().take();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.redis.get_multiplexed_async_connection().await?,
        };
        command.exec_async(&mut connection).await?;
        *self.lock_kept() = Some(connection);
        Ok(())
    }

    async fn tell(&self, ids: &BTreeSet<String>) -> Result<(), Error> {
        let stream = UnixStream::connect(&self.api).await.map_err(Error::Api)?;
        let mut stream = BufReader::new(stream);
        let lines: String = ids.iter().map(|id| format!("OPEN {id}\n")).collect();
        stream
            .write_all(lines.as_bytes())
            .await
            .map_err(Error::Api)?;
        for _ in ids {
            let mut answer = String::new();
            stream.read_line(&mut answer).await.map_err(Error::Api)?;
            if answer != "OK\n" {
                return Err(Error::Answer(answer));
            }
        }
        Ok(())
    }

    fn lock_kept(&self) -> std::sync::MutexGuard<'_, Option<MultiplexedConnection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
