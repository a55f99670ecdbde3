//! The calls: each of them once plain and once guarded, with the same body.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use health_runtime::{DependencyUnhealthy, DestructivePermit, destructive, guarded};
use redis::aio::MultiplexedConnection;
use tokio::time::timeout;

/// How long Redis may take.
const PATIENCE: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] DependencyUnhealthy),
    #[error(transparent)]
    Redis(#[from] redis::RedisError),
    #[error("no answer within {PATIENCE:?}")]
    TimedOut,
    #[error("not today")]
    Host,
}

/// One worker's connection, made anew after every error.
pub struct Redis {
    client: redis::Client,
    kept: Mutex<Option<MultiplexedConnection>>,
}

impl Redis {
    pub fn new(client: redis::Client) -> Self {
        Self {
            client,
            kept: Mutex::default(),
        }
    }

    /// A round trip through the proxy to the server and back.
    pub async fn ask(&self) -> Result<(), Error> {
        let asked = async {
            let kept = self.lock_kept().take();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.client.get_multiplexed_async_connection().await?,
            };
            redis::cmd("SISMEMBER")
                .arg("heartbeats")
                .arg("s1")
                .exec_async(&mut connection)
                .await?;
            *self.lock_kept() = Some(connection);
            Ok(())
        };
        timeout(PATIENCE, asked)
            .await
            .unwrap_or(Err(Error::TimedOut))
    }

    #[guarded(deps = ["redis"])]
    pub async fn ask_guarded(&self) -> Result<(), Error> {
        self.ask().await
    }

    fn lock_kept(&self) -> std::sync::MutexGuard<'_, Option<MultiplexedConnection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing but the guard costs anything here.
pub async fn fetch(host: u32) -> Result<(), Error> {
    // A host that is down stays down: its breaker opens, and is forgotten last.
    if host.is_multiple_of(100) {
        Err(Error::Host)
    } else {
        Ok(())
    }
}

#[guarded(deps = ["hosts"], key = host)]
pub async fn fetch_guarded(host: u32) -> Result<(), Error> {
    fetch(host).await
}

/// Asks the gate, and destroys nothing.
#[destructive(permit = permit)]
pub async fn purge() -> Result<(), Error> {
    erase(permit)
}

fn erase(permit: &DestructivePermit) -> Result<(), Error> {
    Ok(permit.check()?)
}
