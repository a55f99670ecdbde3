//! The one `unsafe` block that the attributes emit promises that the future of a function which
//! returns one stays where it is from its first poll to its end. Each form is held to it by a future
//! that knows its own address.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use health_runtime::testing::trip;
use health_runtime::{DependencyUnhealthy, destructive, guarded};

type Answer = Result<u32, DependencyUnhealthy>;

/// Waits a few times, and panics if it is not where it was when it was polled first: also when it is
/// dropped half-way.
struct Rooted {
    address: Option<usize>,
    left: u32,
    _pinned: PhantomPinned,
}

/// Hangs, instead of so many polls.
const NEVER: u32 = u32::MAX;

const fn rooted(polls: u32) -> Rooted {
    Rooted {
        address: None,
        left: polls,
        _pinned: PhantomPinned,
    }
}

impl Rooted {
    fn check(address: &mut Option<usize>, here: usize) {
        let first = *address.get_or_insert(here);
        assert_eq!(first, here, "a pinned future was moved");
    }
}

impl Future for Rooted {
    type Output = Answer;

    #[expect(
        unsafe_code,
        reason = "a future that counts its polls has to reach its fields"
    )]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        // SAFETY: nothing is moved out of it.
        let this = unsafe { self.get_unchecked_mut() };
        let here = std::ptr::from_ref(this).addr();
        Self::check(&mut this.address, here);
        if this.left == 0 {
            return Poll::Ready(Ok(7));
        }
        if this.left == NEVER {
            return Poll::Pending;
        }
        this.left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Rooted {
    fn drop(&mut self) {
        let here = std::ptr::from_ref(self).addr();
        if self.address.is_some() && !std::thread::panicking() {
            Self::check(&mut self.address, here);
        }
    }
}

#[guarded(deps = ["a"])]
fn made_elsewhere(polls: u32) -> impl Future<Output = Answer> + Send {
    rooted(polls)
}

#[guarded(deps = ["a"])]
fn one_block(polls: u32) -> impl Future<Output = Answer> + Send {
    async move { rooted(polls).await }
}

#[guarded(deps = ["a", "b"], timeout = "1s")]
fn boxed(polls: u32) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(rooted(polls))
}

#[guarded(deps = ["a"])]
#[destructive(deps = ["a"], bypass = "sure")]
fn destroyed(polls: u32, sure: bool) -> impl Future<Output = Answer> + Send {
    async move {
        let _ = sure;
        rooted(polls).await
    }
}

/// Moved about before its first poll, as it may be, and polled for the first time in another task.
async fn carried<F: Future<Output = Answer> + Send + 'static>(future: F) -> Answer {
    let moved = [Some(future)];
    let [moved] = moved;
    tokio::spawn(moved.unwrap()).await.unwrap()
}

#[health_runtime::test]
async fn a_future_stays_where_it_was_polled_first() {
    for polls in [0, 1, 5] {
        assert_eq!(made_elsewhere(polls).await, Ok(7));
        assert_eq!(one_block(polls).await, Ok(7));
        assert_eq!(boxed(polls).await, Ok(7));
        assert_eq!(destroyed(polls, true).await, Ok(7));
    }
    assert_eq!(carried(made_elsewhere(3)).await, Ok(7));
    assert_eq!(carried(one_block(3)).await, Ok(7));
    assert_eq!(carried(boxed(3)).await, Ok(7));
}

#[health_runtime::test]
async fn a_future_that_is_dropped_half_way_is_dropped_where_it_is() {
    let short = Duration::from_millis(1);
    for _ in 0..2 {
        tokio::time::timeout(short, made_elsewhere(NEVER))
            .await
            .ok();
        tokio::time::timeout(short, one_block(NEVER)).await.ok();
        tokio::time::timeout(short, destroyed(NEVER, true))
            .await
            .ok();
        // And the limit of its own.
        assert!(boxed(NEVER).await.is_err());
        // Refused: never polled at all.
        trip("a");
        assert!(made_elsewhere(1).await.is_err());
        health_runtime::testing::heal("a");
    }
}

#[test]
#[should_panic(expected = "a pinned future was moved")]
#[expect(
    unsafe_code,
    reason = "moves what is pinned, to see that it is noticed"
)]
fn the_future_of_this_test_notices_when_it_is_moved() {
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let mut first = Box::new(rooted(9));
    // SAFETY: it is moved afterwards, which harms nobody: it only compares addresses.
    let polled = unsafe { Pin::new_unchecked(&mut *first) }.poll(&mut cx);
    assert!(polled.is_pending());
    let mut second = Box::new(*first);
    // SAFETY: as above.
    let _polled = unsafe { Pin::new_unchecked(&mut *second) }.poll(&mut cx);
}
