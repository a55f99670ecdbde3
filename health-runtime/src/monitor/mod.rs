//! The background: loops that probe dependencies and report, and the ticker.
//!
//! - [`flight`]: one probe of one dependency, that several may wait for
//! - [`schedule`]: when to probe next, pure
//! - [`ticker`]: notices stalls and suspends

mod flight;
mod schedule;
mod ticker;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tracing::debug;

pub(crate) use self::flight::{CheckError, check_anew, check_now};
pub(crate) use self::ticker::STALL;
use crate::dependency::{Directory, Entry, ProbeLoop};
use crate::name::Name;
use crate::sync::Mutex;

/// The loops of a registry. They stop when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Monitor {
    loops: Mutex<BTreeMap<Name, JoinHandle<()>>>,
    ticker: Mutex<Option<JoinHandle<()>>>,
}

impl Monitor {
    /// Starts the ticker on the present tokio runtime, unless it runs.
    pub(crate) fn start_ticker(&self, directory: &Arc<Directory>) {
        let mut ticker = self.ticker.lock();
        if ticker.as_ref().is_none_or(JoinHandle::is_finished) {
            directory.context().beat();
            *ticker = Some(tokio::spawn(ticker::run(Arc::clone(directory))));
        }
    }

    /// Starts the loop of a dependency on the present tokio runtime, unless it runs.
    pub(crate) fn start_loop(&self, entry: &Arc<Entry>) {
        let mut loops = self.loops.lock();
        let runs = loops
            .get(&entry.name())
            .is_some_and(|handle| !handle.is_finished());
        if !runs {
            loops.insert(entry.name(), tokio::spawn(run(entry.probe_loop())));
        }
    }

    /// Tells all loops to stop, and returns them, so that a caller who can wait may do so.
    pub(crate) fn stop(&self, directory: &Directory) -> Vec<JoinHandle<()>> {
        let mut stopped: Vec<_> = std::mem::take(&mut *self.loops.lock())
            .into_values()
            .collect();
        stopped.extend(self.ticker.lock().take());
        for handle in &stopped {
            handle.abort();
        }
        directory.context().stop_beating();
        for entry in directory.all() {
            if let Some(flight) = entry.flight.lock().take() {
                flight.task.abort();
            }
        }
        stopped
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        for handle in self.loops.lock().values().chain(&*self.ticker.lock()) {
            handle.abort();
        }
    }
}

/// Probes one dependency for as long as it is polled.
async fn run(probe_loop: ProbeLoop) {
    let entry = &probe_loop.entry;
    let mut last = None;
    loop {
        let now = entry.context().now();
        let due = schedule::next(&entry.probing(), last, now, entry.context().roll());
        tokio::select! {
            // Without an order, chance decides when both are ready, and a registry with a seed does
            // not do the same twice. A probe that is due is not put off by a change, however many
            // there are; what has changed is read anew in the next round.
            biased;
            () = tokio::time::sleep(due) => {}
            () = entry.changed() => continue,
        }
        last = Some(entry.context().now());
        let patience = entry.settings().probe_timeout;
        if let Err(error) = check_now(entry, patience).await {
            debug!(target: "health_runtime::probe", dependency = %entry.name(), %error, "probe failed");
        }
    }
}
