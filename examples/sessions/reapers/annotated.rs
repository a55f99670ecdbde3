//! The annotated service: the same reads, and a gate before everything that cannot be undone.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::watch;

use crate::service::Sessions;

/// Calls the clean-up again and again, `every` so often, and needs to know nothing of any outage: when the gate
/// denies, or a read fails, it is an error, and there will be another pass.
pub async fn run(
    sessions: &Sessions,
    pace: &watch::Receiver<Duration>,
    every: Duration,
) -> Infallible {
    loop {
        let pace = *pace.borrow();
        // Why it was denied is in the log and in the audit trail, and the demo prints those.
        sessions.session_cleanup(pace).await.ok();
        tokio::time::sleep(every).await;
    }
}
