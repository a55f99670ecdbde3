//! What is measured.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use health_runtime::__private::Direct;
use health_runtime::{DependencyUnhealthy, HealthRegistry, Outcome, destructive, guarded};

/// One thing to measure.
pub(crate) struct Case {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it is compared with: the same work without protection.
    pub(crate) baseline: &'static str,
    /// Does it so many times.
    pub(crate) run: fn(u64),
}

/// For what is not compared with a call.
const NOTHING: &str = "";

const fn case(name: &'static str, baseline: &'static str, run: fn(u64)) -> Case {
    Case {
        name,
        baseline,
        run,
    }
}

/// Every case; baselines first.
pub(crate) const ALL: &[Case] = &[
    case("plain", "plain", |count| repeat(count, || plain(1))),
    case("plain that waits once", "plain that waits once", |count| {
        repeat(count, || plain_waiting(1))
    }),
    case("guarded, 1 dependency", "plain", |count| {
        repeat(count, || one(1))
    }),
    case("guarded, 2 dependencies", "plain", |count| {
        repeat(count, || two(1))
    }),
    case("guarded, 4 dependencies", "plain", |count| {
        repeat(count, || four(1))
    }),
    case(
        "guarded, body waits once",
        "plain that waits once",
        |count| repeat(count, || one_waiting(1)),
    ),
    case("+ timeout", "guarded, 1 dependency", |count| {
        repeat(count, || timed(1))
    }),
    case("+ classify", "guarded, 1 dependency", |count| {
        repeat(count, || classified(1))
    }),
    case("+ shed", "guarded, 1 dependency", |count| {
        repeat(count, || shed(1))
    }),
    case("+ bulkhead", "guarded, 1 dependency", |count| {
        repeat(count, || bulkheaded(1))
    }),
    case("+ attempts", "guarded, 1 dependency", |count| {
        repeat(count, || retried(1))
    }),
    case("+ fallback", "guarded, 1 dependency", |count| {
        repeat(count, || with_fallback(1))
    }),
    case("+ key (there already)", "guarded, 1 dependency", |count| {
        repeat(count, || keyed("host-0000001.example", 1))
    }),
    case("+ role", "guarded, 1 dependency", |count| {
        repeat(count, || with_role(1))
    }),
    case("+ failure rate", "guarded, 1 dependency", |count| {
        repeat(count, || rated(1))
    }),
    case("all of these", "guarded, 1 dependency", |count| {
        repeat(count, || everything("host-0000001.example", 1))
    }),
    case(
        "tokio timeout, body waits once",
        "plain that waits once",
        |count| repeat(count, || tokio_timeout(1)),
    ),
    case("refused while open", "plain", |count| {
        repeat(count, || refused(1))
    }),
    case("destructive, all fresh", "plain", |count| {
        repeat(count, || destroy(1))
    }),
];

/// The store of keyed breakers alone, without a call. Apart, as a miss takes so long that no evidence
/// would be fresh for the destructive call.
pub(crate) const STORE: &[Case] = &[
    case("key is known, 1 of 1,000", NOTHING, known_keys),
    case("key is new, 10,000 are known", NOTHING, new_keys),
];

/// Every case of every table.
pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    ALL.iter().chain(STORE)
}

type Answer = Result<u64, DependencyUnhealthy>;

#[inline(never)]
async fn plain(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["a"])]
#[inline(never)]
async fn one(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["a", "b"])]
#[inline(never)]
async fn two(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["a", "b", "c", "d"])]
#[inline(never)]
async fn four(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["down"])]
#[inline(never)]
async fn refused(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[destructive]
#[inline(never)]
async fn destroy(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

fn known_keys(count: u64) {
    static KEYS: OnceLock<Vec<String>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| (0..1_000).map(|n| format!("host-{n:04}.example")).collect());
    let store = Direct::of(HealthRegistry::global(), "keyed-known");
    for key in keys.iter().cycle().take(count as usize) {
        black_box(store.is_closed(black_box(key)));
    }
}

/// The time to write the key is part of it: some 10 ns.
fn new_keys(count: u64) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let store = Direct::of(HealthRegistry::global(), "keyed-new");
    let mut key = *b"host-0000000000.example";
    let start = NEXT.fetch_add(count, Ordering::Relaxed);
    for index in start..start + count {
        let mut rest = index;
        for digit in key[5..15].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        let key = std::str::from_utf8(&key).expect("it is ASCII");
        black_box(store.is_closed(black_box(key)));
    }
}

#[inline(never)]
async fn plain_waiting(x: u64) -> Answer {
    WaitOnce(false).await;
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["a"])]
#[inline(never)]
async fn one_waiting(x: u64) -> Answer {
    WaitOnce(false).await;
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["a"], timeout = "2s")]
#[inline(never)]
async fn timed(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["a"], classify = neutral)]
#[inline(never)]
async fn classified(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

const fn neutral(_: &DependencyUnhealthy) -> Outcome {
    Outcome::Neutral
}

#[guarded(deps = ["a"], shed = "degraded")]
#[inline(never)]
async fn shed(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["a"], bulkhead = 64)]
#[inline(never)]
async fn bulkheaded(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["a"], attempts = 3)]
#[inline(never)]
async fn retried(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["a"], fallback = other)]
#[inline(never)]
async fn with_fallback(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

async fn other(x: u64) -> Answer {
    Ok(x)
}

#[guarded(deps = ["a"], key = host)]
#[inline(never)]
async fn keyed(host: &str, x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["a"], role = "metadata")]
#[inline(never)]
async fn with_role(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(deps = ["rated"])]
#[inline(never)]
async fn rated(x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

#[guarded(
    deps = ["rated"],
    timeout = "2s",
    attempts = 3,
    fallback = from_other_host,
    shed = "degraded",
    key = host,
    role = "metadata",
    classify = neutral,
    bulkhead = 64
)]
#[inline(never)]
async fn everything(host: &str, x: u64) -> Answer {
    Ok(black_box(x) + 1)
}

async fn from_other_host(_host: &str, x: u64) -> Answer {
    Ok(x)
}

/// What a limit on the time costs without this library.
#[inline(never)]
async fn tokio_timeout(x: u64) -> Answer {
    match tokio::time::timeout(Duration::from_secs(30), plain_waiting(x)).await {
        Ok(answer) => answer,
        Err(_) => Ok(0),
    }
}

/// The smallest thing that makes a task wait.
struct WaitOnce(bool);

impl Future for WaitOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

fn repeat<F: Future<Output = Answer>>(count: u64, call: impl Fn() -> F) {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..count {
        let mut future = pin!(call());
        let answer = loop {
            if let Poll::Ready(answer) = future.as_mut().poll(&mut cx) {
                break answer;
            }
        };
        black_box(&answer);
    }
}

/// The futures whose sizes are compared, each with its plain twin.
pub(crate) fn sizes() -> Vec<(&'static str, usize, usize)> {
    vec![
        (
            "1 dependency, small arguments",
            size_of_val(&plain(1)),
            size_of_val(&one(1)),
        ),
        (
            "2 dependencies",
            size_of_val(&plain(1)),
            size_of_val(&two(1)),
        ),
        (
            "body that waits",
            size_of_val(&plain_waiting(1)),
            size_of_val(&one_waiting(1)),
        ),
        (
            "256 bytes of arguments",
            size_of_val(&plain_large([0; 32])),
            size_of_val(&one_large([0; 32])),
        ),
        (
            "destructive",
            size_of_val(&plain(1)),
            size_of_val(&destroy(1)),
        ),
    ]
}

async fn plain_large(x: [u64; 32]) -> Answer {
    WaitOnce(false).await;
    Ok(black_box(x)[0])
}

#[guarded(deps = ["a"])]
async fn one_large(x: [u64; 32]) -> Answer {
    WaitOnce(false).await;
    Ok(black_box(x)[0])
}
