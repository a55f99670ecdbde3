//! No protection at all.

use std::convert::Infallible;
use std::time::Duration;

use super::Copy;
use crate::service::Sources;

/// Reads a session and removes it unless there is a sign of life.
///
/// Why people write it so: `unwrap_or(false)` is the short way through a `Result`, it is right in
/// every test, and a reaper that stops at each error never gets through its list. The read says
/// "I could not look", and the next line takes it for "there is nothing there".
pub async fn run(copy: &Copy, sources: &dyn Sources, every: Duration) -> Infallible {
    loop {
        for id in copy.ids() {
            let is_alive = sources.has_heartbeat(&id).await.unwrap_or(false)
                && sources.is_known(&id).await.unwrap_or(false);
            if !is_alive {
                copy.remove(&id);
            }
        }
        tokio::time::sleep(every).await;
    }
}
