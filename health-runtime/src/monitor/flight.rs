//! One probe of one dependency: a single flight, that the loop and any number of gate calls wait
//! for together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::dependency::{Admitted, Entry, Flight, Landing};
use crate::outcome::{Failure, FailureKind, Report};
use crate::probe::{Identity, ProbeError};

/// How long a probe past its deadline may take to stop, before it counts as one that blocks.
const STOPPING: Duration = Duration::from_millis(20);

/// Why a probe did not show that a dependency is healthy.
#[derive(Debug, Clone)]
pub(crate) enum CheckError {
    NoProbe,
    NoRuntime,
    /// The breaker has no place for a trial now.
    NotAdmitted,
    Failed(Arc<str>),
    /// Still on its way when the patience of this caller was over.
    Pending(Duration),
    Aborted,
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProbe => f.write_str("it has no probe"),
            Self::NoRuntime => f.write_str("there is no tokio runtime to probe it on"),
            Self::NotAdmitted => f.write_str("its breaker admits no probe now"),
            Self::Failed(message) => f.write_str(message),
            Self::Pending(patience) => write!(f, "its probe did not answer within {patience:?}"),
            Self::Aborted => f.write_str("its probe was stopped"),
        }
    }
}

/// Probes the dependency now, or joins the probe that is on its way, and waits for the answer.
///
/// The outcome is reported to the breaker by the flight itself, once. Dropping this future ends
/// the wait and nothing else.
pub(crate) async fn check_now(entry: &Arc<Entry>, patience: Duration) -> Result<(), CheckError> {
    let landed = land(join_or_start(entry)?);
    let waited = tokio::time::timeout(patience, landed).await;
    waited.unwrap_or(Err(CheckError::Pending(patience)))
}

/// Probes the dependency by a probe that has begun after this question, and waits for the answer.
///
/// One that is on its way may have been answered before what the caller has read: by the server that
/// was killed since, and has come back empty. So it is waited for, and does not count. However many
/// ask meanwhile share the next one.
pub(crate) async fn check_anew(entry: &Arc<Entry>, patience: Duration) -> Result<(), CheckError> {
    let on_its_way = entry.flight.lock().as_ref().and_then(Flight::on_its_way);
    let landed = async {
        if let Some(landed) = on_its_way {
            // However it ends, and whether or not anybody hears of it.
            land(landed).await.ok();
        }
        land(join_or_start(entry)?).await
    };
    let waited = tokio::time::timeout(patience, landed).await;
    waited.unwrap_or(Err(CheckError::Pending(patience)))
}

async fn land(mut landed: watch::Receiver<Option<Landing>>) -> Result<(), CheckError> {
    match landed.wait_for(Option::is_some).await.as_deref() {
        Ok(Some(Ok(()))) => Ok(()),
        Ok(Some(Err(message))) => Err(CheckError::Failed(Arc::clone(message))),
        Ok(None) | Err(_) => Err(CheckError::Aborted),
    }
}

fn join_or_start(entry: &Arc<Entry>) -> Result<watch::Receiver<Option<Landing>>, CheckError> {
    let runtime = Handle::try_current().map_err(|_| CheckError::NoRuntime)?;
    let settings = entry.settings();
    let probe = settings.probe.ok_or(CheckError::NoProbe)?;
    let mut flight = entry.flight.lock();
    if let Some(landed) = flight.as_ref().and_then(Flight::on_its_way) {
        return Ok(landed);
    }
    let (admitted, transitions) = entry.admit_probe();
    let Ok(admitted) = admitted else {
        drop(flight);
        entry.tell_all(&transitions);
        return Err(CheckError::NotAdmitted);
    };
    let trial = Trial {
        entry: Arc::clone(entry),
        admitted,
        reported: false,
    };
    if flight
        .as_ref()
        .is_some_and(|before| !before.probe.is_finished())
    {
        // It blocks its thread. One more would block one more.
        drop(flight);
        entry.tell_all(&transitions);
        let message = "the probe before still blocks its thread".to_owned();
        let landing = trial.failed(FailureKind::Timeout, message);
        return Err(landing
            .err()
            .map_or(CheckError::Aborted, CheckError::Failed));
    }
    let (land, landed) = watch::channel(None);
    // In a task of its own: a probe that panics, or that blocks its thread, must not take the
    // deadline with it.
    let running = AbortOnDrop(runtime.spawn(async move { probe.check().await }));
    let probe = running.0.abort_handle();
    let task = runtime
        .spawn(fly(trial, running, settings.probe_timeout, land))
        .abort_handle();
    *flight = Some(Flight {
        landed: landed.clone(),
        task,
        probe,
    });
    drop(flight);
    // Whoever listens is user code.
    entry.tell_all(&transitions);
    Ok(landed)
}

async fn fly(
    trial: Trial,
    mut running: AbortOnDrop<Result<Option<Identity>, ProbeError>>,
    timeout: Duration,
    land: watch::Sender<Option<Landing>>,
) {
    let answer = tokio::time::timeout(timeout, &mut running.0).await;
    let landing = match answer {
        Ok(Ok(Ok(identity))) => trial.succeeded(identity.as_ref().map(Identity::as_str)),
        Ok(Ok(Err(error))) => trial.failed(FailureKind::Probe, error.to_string()),
        Ok(Err(panic)) if panic.is_panic() => {
            trial.failed(FailureKind::Panic, "the probe panicked".to_owned())
        }
        Ok(Err(_)) => Err(Arc::from("its probe was stopped")),
        Err(_) => {
            // Out of the way before anybody hears of it: the next probe must not take one that is
            // being stopped for one that blocks its thread.
            running.0.abort();
            drop(tokio::time::timeout(STOPPING, &mut running.0).await);
            let message = format!("the probe did not answer within {timeout:?}");
            trial.failed(FailureKind::Timeout, message)
        }
    };
    // Nobody may be waiting, which is fine.
    land.send_replace(Some(landing));
}

/// The place that a probe holds. Dropped without a report it is given back.
struct Trial {
    entry: Arc<Entry>,
    admitted: Admitted,
    reported: bool,
}

impl Trial {
    fn succeeded(mut self, identity: Option<&str>) -> Landing {
        self.reported = true;
        let proof = self.entry.probe_succeeded(self.admitted, identity);
        proof.map_err(|why| Arc::from(format!("its answer proves nothing: {why}")))
    }

    fn failed(mut self, kind: FailureKind, message: String) -> Landing {
        self.reported = true;
        let failure = Failure::new(kind, message);
        let message = Arc::from(format!("its probe failed: {}", failure.message));
        self.entry
            .settle(self.admitted.word, Report::Failure(failure));
        Err(message)
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if !self.reported {
            self.entry.settle(self.admitted.word, Report::Cancelled);
        }
    }
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
