//! One function of every form, for each older edition that the attributes support. What an edition
//! changes is what closures capture, when temporaries of the last expression are dropped, and which
//! names are there without an import; so the assertions are about those.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "where a test cannot go on, it fails")]

use std::future::Future;
use std::io::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use health_runtime::{destructive, guarded, probe, HealthRegistry};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[guarded(deps = ["redis"])]
async fn free(name: String, mut count: usize, _guard: Arc<()>) -> Result<usize, Error> {
    count += 1;
    Ok(name.len() + count)
}

#[guarded(deps = ["redis"])]
async fn pattern((a, _): (String, String), b: &str) -> Result<usize, Error> {
    Ok(a.len() + b.len())
}

#[guarded(deps = ["redis"])]
async fn tail_temporary(
    cell: Arc<Mutex<String>>,
    (other, _): (Mutex<u8>, u8),
) -> Result<usize, Error> {
    let bonus = usize::from(*other.lock().unwrap());
    Ok(cell.lock().unwrap().len() + bonus)
}

#[guarded(deps = ["redis"])]
fn future(name: String) -> impl Future<Output = Result<usize, Error>> {
    async move { Ok(name.len()) }
}

#[guarded(deps = ["redis"])]
fn boxed(name: &str) -> Pin<Box<dyn Future<Output = Result<usize, Error>> + Send + '_>> {
    let length = name.len();
    Box::pin(async move { Ok(length) })
}

#[destructive(deps = ["redis"], permit = "permit", bypass = "sure")]
async fn gated(sure: bool, (a, b): (u8, u8)) -> Result<u8, Error> {
    permit.checkpoint().await?;
    Ok(a + b)
}

#[guarded(deps = ["redis"])]
#[destructive(deps = ["redis"])]
async fn both(name: String) -> Result<usize, Error> {
    Ok(name.len())
}

#[probe(dep = "redis")]
async fn ping() -> Result<(), Error> {
    Ok(())
}

struct Pair {
    left: Entry,
    right: Entry,
}

struct Entry(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Drop for Entry {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0);
    }
}

/// Newer editions capture fields, older ones whole variables.
#[guarded(deps = ["redis"])]
async fn one_field(pair: Pair, last: Entry) -> Result<(), Error> {
    drop(pair.right);
    let _ = (&pair.left, &last);
    Ok(())
}

async fn plain_one_field(pair: Pair, last: Entry) -> Result<(), Error> {
    drop(pair.right);
    let _ = (&pair.left, &last);
    Ok(())
}

struct Sessions;

impl Sessions {
    #[guarded(deps = ["redis"])]
    async fn count(&self) -> Result<usize, Error> {
        Ok(1)
    }

    #[destructive(deps = ["redis"])]
    async fn end(self: Arc<Self>) -> Result<(), Error> {
        Ok(())
    }
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[health_runtime::test]
async fn every_form_runs() -> Result<(), Error> {
    ping().await?;
    assert_eq!(
        assert_send(free("ab".to_owned(), 1, Arc::new(()))).await?,
        4
    );
    assert_eq!(pattern(("ab".to_owned(), String::new()), "c").await?, 3);
    let cell = Arc::new(Mutex::new("abc".to_owned()));
    assert_eq!(tail_temporary(cell, (Mutex::new(1), 2)).await?, 4);
    assert_eq!(future("ab".to_owned()).await?, 2);
    let later: Boxed<'_, _> = boxed("ab");
    assert_eq!(later.await?, 2);
    assert_eq!(gated(false, (1, 2)).await?, 3);
    assert_eq!(both("ab".to_owned()).await?, 2);
    assert_eq!(Sessions.count().await?, 1);
    Arc::new(Sessions).end().await
}

#[health_runtime::test]
async fn arguments_are_dropped_as_in_the_plain_function() -> Result<(), Error> {
    let log = Arc::default();
    let entry = |name| Entry(name, Arc::clone(&log));
    let pair = || Pair {
        left: entry("left"),
        right: entry("right"),
    };
    plain_one_field(pair(), entry("last")).await?;
    let plain = std::mem::take(&mut *log.lock().unwrap());
    one_field(pair(), entry("last")).await?;
    assert_eq!(*log.lock().unwrap(), plain);
    Ok(())
}

#[guarded(deps = ["inner"], timeout = "none")]
async fn hangs() -> Result<(), Error> {
    std::future::pending().await
}

#[guarded(deps = ["outer"], timeout = "1s")]
async fn waits() -> Result<(), Error> {
    hangs().await
}

#[guarded(deps = ["outer"], timeout = "1s", shed = "unhealthy")]
async fn waits_in_layers() -> Result<(), Error> {
    hangs().await
}

#[guarded(deps = ["outer"], timeout = "1s", attempts = 1)]
async fn waits_for_an_attempt() -> Result<(), Error> {
    hangs().await
}

#[guarded(deps = ["outer"], timeout = "1s")]
fn waits_in_a_future() -> impl Future<Output = Result<(), Error>> {
    async { hangs().await }
}

#[guarded(deps = ["outer"], timeout = "1s")]
fn waits_in_a_box() -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> {
    Box::pin(async { hangs().await })
}

#[guarded(deps = ["outer"], timeout = "1s")]
#[destructive(deps = ["redis"], bypass = "sure")]
async fn waits_behind_the_gate(sure: bool) -> Result<(), Error> {
    hangs().await
}

/// Editions before 2024 drop temporaries of a last expression later. The body goes before the call all the
/// same, and with it the nested call that hung, which then says that it did.
#[health_runtime::test]
async fn the_call_that_hung_is_to_blame_and_not_the_one_that_waited_for_it() {
    let calls: Vec<Boxed<'_, Result<(), Error>>> = vec![
        Box::pin(waits()),
        Box::pin(waits_in_layers()),
        Box::pin(waits_for_an_attempt()),
        Box::pin(waits_in_a_future()),
        waits_in_a_box(),
        Box::pin(waits_behind_the_gate(true)),
    ];
    for (nth, call) in calls.into_iter().enumerate() {
        assert!(call.await.is_err());
        let failures = |name| {
            let health = HealthRegistry::current().health(name);
            health.unwrap().consecutive_failures
        };
        assert_eq!(failures("outer"), 0, "the {nth}th");
        assert_eq!(failures("inner"), 1, "the {nth}th");
        HealthRegistry::current().record_success("inner");
    }
}
