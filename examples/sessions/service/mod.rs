//! The session service, as its own team would write it. The other modules of this example only
//! act out outages around it.
//!
//! - [`error`]: what can go wrong
//! - [`sources`]: what Redis and the API say of a session
//! - [`store`]: what is lost for good when it is erased
//! - [`health`]: the probes and the options of `health-runtime`

mod error;
mod health;
mod sources;
mod store;

use std::sync::Arc;
use std::time::Duration;

use health_runtime::{Bypass, destructive, destructive_surface, guarded};

pub use self::error::Error;
pub use self::health::{builder, connect, dependencies, probe_api, probe_redis};
pub use self::sources::{RedisAndApi, Sources};
pub use self::store::SessionStore;

/// The sessions of the service.
#[derive(Clone)]
pub struct Sessions {
    store: Arc<SessionStore>,
    sources: Arc<dyn Sources>,
}

// The surface makes a function that is called `delete_..`, `terminate_..` or `close_..` and has no
// gate a compile error: the next one to be written cannot be forgotten.
#[destructive_surface]
impl Sessions {
    pub fn new(store: Arc<SessionStore>, sources: Arc<dyn Sources>) -> Self {
        Self { store, sources }
    }

    /// Ends every session that shows no sign of life, `pace` apart. Returns how many those were.
    #[destructive(permit = permit)]
    pub async fn session_cleanup(&self, pace: Duration) -> Result<usize, Error> {
        let mut ended = 0;
        for id in self.store.ids() {
            // Before the reads, not after them: it may wait for minutes, and what was read before is
            // old by then. After them comes `terminate_session`, which asks the gate once more.
            permit.checkpoint().await?;
            if self.is_gone(&id).await? {
                self.terminate_session(&id).await?;
                ended += 1;
                tokio::time::sleep(pace).await;
            }
        }
        Ok(ended)
    }

    /// Ends a session that is gone, and deletes its topic.
    #[destructive(budget = "30/1m", permit = permit)]
    pub async fn terminate_session(&self, id: &str) -> Result<(), Error> {
        // The session goes last: if this stops half-way, the next clean-up finds it and goes on.
        self.delete_topic(id).await?;
        self.store.erase_session(id, permit)?;
        Ok(())
    }

    /// Closes a session because its user has asked for it. Once they have confirmed, the health
    /// of anything is no reason to keep it.
    #[destructive(bypass = "user_confirmed", permit = permit)]
    pub async fn close_session(
        &self,
        id: &str,
        user_confirmed: Option<Bypass>,
    ) -> Result<(), Error> {
        // Not `delete_topic`: that has a gate of its own, which nobody has bypassed.
        self.store.erase_topic(id, permit)?;
        self.store.erase_session(id, permit)?;
        Ok(())
    }

    /// Deletes everything that was said in a session.
    #[destructive(permit = permit)]
    pub async fn delete_topic(&self, id: &str) -> Result<(), Error> {
        self.store.erase_topic(id, permit)?;
        Ok(())
    }

    /// A session without a heartbeat is gone, and so is one that the API does not know.
    async fn is_gone(&self, id: &str) -> Result<bool, Error> {
        Ok(!self.has_heartbeat(id).await? || !self.is_known(id).await?)
    }

    #[guarded(deps = ["redis"])]
    async fn has_heartbeat(&self, id: &str) -> Result<bool, Error> {
        self.sources.has_heartbeat(id).await
    }

    #[guarded(deps = ["api"])]
    async fn is_known(&self, id: &str) -> Result<bool, Error> {
        self.sources.is_known(id).await
    }
}
