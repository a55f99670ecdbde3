//! Shows a store of state whose answers come from a local cache while the store is down: each answer
//! says where it is from, the service says how degraded it is, and nothing is deleted meanwhile,
//! because a cached answer is no proof.
//!
//! `cargo run --example state_lookup` takes no time: tokio's clock is paused and jumps. It prints
//! what each request got, with its second, and between them, as `--`, the changes of the level. The
//! store is down from second 12 to second 33. Deleting is refused until it has been healthy again
//! for a minute; the gate says why.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use health_runtime::{
    Classify, Dependency, DependencyUnhealthy, HealthRegistry, InCurrentRegistry, Levels, Outcome,
    Rule, destructive, guarded, probe,
};
use tokio::time::{Instant, sleep_until};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Store,
    Cache,
}

/// What is known of a session, and how far that can be trusted.
struct Answer {
    state: String,
    source: Source,
}

#[guarded(deps = ["firebase"], timeout = "1s", fallback = from_cache)]
async fn lookup(sessions: &Sessions, id: &'static str) -> Result<Answer, Error> {
    let state = sessions.read(id)?;
    sessions.remember(id, &state);
    Ok(Answer {
        state,
        source: Source::Store,
    })
}

/// Answers for the store. What the cache does not have may exist all the same: then the error of the
/// store stands, and not "there is no such session".
fn from_cache(sessions: &Sessions, id: &'static str, error: Error) -> Result<Answer, Error> {
    let state = sessions.cached(id).ok_or(error)?;
    Ok(Answer {
        state,
        source: Source::Cache,
    })
}

/// Runs on fresh proof of the store's health alone, and so never on what the cache believes.
#[destructive(deps = ["firebase"])]
async fn delete_session(sessions: &Sessions, id: &'static str) -> Result<(), Error> {
    sessions.delete(id)
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sessions = Sessions::new();
    let probed = sessions.clone();
    let store = Dependency::new("firebase").probe(probe::from_fn(move || {
        let answer = probed.is_up();
        async move { answer }
    }));

    // A service leaves `registry` out. A registry with a seed has the same jitter whenever this is
    // run.
    let health = health_runtime::builder()
        .registry(HealthRegistry::builder().seed(7).build()?)
        .dependency(store)
        .degradation(Levels::new().level("state degraded", Rule::any(["firebase"])))
        .init()
        .await?;
    health.registry().scope(serve(sessions)).await;
    health.shutdown().await;
    Ok(())
}

async fn serve(sessions: Sessions) {
    let announcer = tokio::spawn(announce(sessions.clone()).in_current_registry());
    for second in [2, 4, 13, 14, 15, 16, 17, 18, 20, 22, 45, 60, 110, 112] {
        sleep_until(sessions.started + Duration::from_secs(second)).await;
        match second {
            20 | 60 | 110 => try_to_delete(&sessions, "s1").await,
            22 => tell_lookup(&sessions, "s2").await,
            _ => tell_lookup(&sessions, "s1").await,
        }
    }
    announcer.abort();
}

async fn tell_lookup(sessions: &Sessions, id: &'static str) {
    let level = health_runtime::degradation();
    let line = match lookup(sessions, id).await {
        Ok(Answer { state, source }) => format!("{id} is {state:<9} from the {source:?}, {level}"),
        Err(error) => format!("{id}: {error}, {level}"),
    };
    sessions.say(&line);
}

async fn try_to_delete(sessions: &Sessions, id: &'static str) {
    match delete_session(sessions, id).await {
        Ok(()) => sessions.say(&format!("{id} deleted")),
        Err(error) => {
            sessions.say(&format!("{id} not deleted: {error}"));
            // What the caller is told says when to come back; the verdict says why.
            let verdict = HealthRegistry::current().verdict("delete_session").await;
            if let Some(verdict) = verdict {
                println!("       {verdict}");
            }
        }
    }
}

/// Tells every change of the level, as a service would on its status page.
async fn announce(sessions: Sessions) {
    let mut changes = HealthRegistry::current().degradation_changes();
    while changes.changed().await.is_ok() {
        let level = changes.borrow_and_update().clone();
        sessions.say(&format!("-- {level}"));
    }
}

/// A store with a switch, and the cache in front of it.
#[derive(Clone)]
struct Sessions {
    started: Instant,
    store: Arc<Mutex<BTreeMap<&'static str, &'static str>>>,
    cache: Arc<Mutex<BTreeMap<&'static str, String>>>,
}

impl Sessions {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            store: Arc::new(Mutex::new(BTreeMap::from([
                ("s1", "running"),
                ("s2", "idle"),
            ]))),
            cache: Arc::default(),
        }
    }

    fn is_up(&self) -> Result<(), Error> {
        match self.started.elapsed().as_secs() {
            12..33 => Err(Error::Store("connection refused")),
            _ => Ok(()),
        }
    }

    fn read(&self, id: &str) -> Result<String, Error> {
        self.is_up()?;
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let state = store.get(id).ok_or(Error::NoSuchSession)?;
        Ok((*state).to_owned())
    }

    fn delete(&self, id: &str) -> Result<(), Error> {
        self.is_up()?;
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.remove(id).ok_or(Error::NoSuchSession)?;
        Ok(())
    }

    fn remember(&self, id: &'static str, state: &str) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(id, state.to_owned());
    }

    fn cached(&self, id: &str) -> Option<String> {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(id).cloned()
    }

    fn say(&self, line: &str) {
        println!("{:>3} s  {line}", self.started.elapsed().as_secs());
    }
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Store(&'static str),
    #[error("no such session")]
    NoSuchSession,
    #[error(transparent)]
    Unhealthy(#[from] DependencyUnhealthy),
}

impl Classify for Error {
    fn classify(&self) -> Outcome {
        match self {
            Self::Store(_) => Outcome::FAILURE,
            // The store has answered: nothing for the breaker, and nothing for the fallback.
            Self::NoSuchSession => Outcome::Success,
            Self::Unhealthy(refusal) => refusal.classify(),
        }
    }
}
