//! What is measured.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use health_runtime::{DependencyUnhealthy, destructive, guarded};

/// One thing to measure.
pub(crate) struct Case {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it is compared with: the same work without protection.
    pub(crate) baseline: &'static str,
    /// Does it so many times.
    pub(crate) run: fn(u64),
}

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
    case("refused while open", "plain", |count| {
        repeat(count, || refused(1))
    }),
    case("destructive, all fresh", "plain", |count| {
        repeat(count, || destroy(1))
    }),
];

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
