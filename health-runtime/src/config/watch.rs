//! Notices that the configuration should be read anew: the file says something else, or a signal.
//!
//! The file is polled by content. A watch of the kernel's would see a change a second earlier, and
//! has limits of its own: it ends with the inode, which editors and Kubernetes replace, it is
//! counted per user, and network file systems have none.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::JoinHandle;
use tracing::warn;

use super::live::Live;

/// The shortest time between two looks.
const LEAST: Duration = Duration::from_millis(10);
/// How long a new content must stay the same to be taken for complete.
const SETTLED: Duration = Duration::from_millis(20);

/// Starts what was asked for, on the present tokio runtime.
pub(super) fn start(
    live: &Arc<Live>,
    every: Option<Duration>,
    on_hangup: bool,
) -> Vec<JoinHandle<()>> {
    let mut tasks = Vec::new();
    tasks.extend(every.map(|every| tokio::spawn(poll(Arc::downgrade(live), every.max(LEAST)))));
    if on_hangup {
        tasks.extend(hangup(live));
    }
    tasks
}

/// Looks at the file for as long as the registry lives. No error ends it.
async fn poll(live: Weak<Live>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let Some(live) = live.upgrade() else { return };
        look(&live).await;
    }
}

async fn look(live: &Arc<Live>) {
    let read = |live: &Arc<Live>| {
        let live = Arc::clone(live);
        // A network file system can hang: not on a thread that runs calls.
        tokio::task::spawn_blocking(move || live.read())
    };
    let turns = live.turns();
    // It fails with the runtime only.
    let Ok(mut input) = read(live).await else {
        return;
    };
    while live.is_news(&input) {
        tokio::time::sleep(SETTLED).await;
        let Ok(again) = read(live).await else { return };
        if again == input {
            // It has told what is wrong, and keeps it for whoever asks.
            live.take_settled(input, turns).ok();
            return;
        }
        input = again;
    }
}

#[cfg(unix)]
fn hangup(live: &Arc<Live>) -> Option<JoinHandle<()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut hangups = match signal(SignalKind::hangup()) {
        Ok(hangups) => hangups,
        Err(error) => {
            warn!(target: "health_runtime::config", %error, "SIGHUP will not reload the configuration");
            return None;
        }
    };
    let live = Arc::downgrade(live);
    Some(tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            let Some(live) = live.upgrade() else { return };
            let reloaded = tokio::task::spawn_blocking(move || live.reload()).await;
            // It has told what is wrong, and keeps it for whoever asks.
            reloaded.ok();
        }
    }))
}

#[cfg(not(unix))]
fn hangup(_live: &Arc<Live>) -> Option<JoinHandle<()>> {
    warn!(target: "health_runtime::config", "there is no SIGHUP here");
    None
}
