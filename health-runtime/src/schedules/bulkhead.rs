//! The cap on the calls in flight, and the places that are given on.
//!
//! The waiting is done by tokio's semaphore, which is the real one. Its timers are those of a runtime
//! whose clock stands still: in a model nobody waits too long.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use tokio::runtime::{Builder, Runtime};

use super::explore::{Bound, explore};
use crate::bulkhead::{Arrival, Bulkhead, BulkheadPolicy, Place, Queued};

fn bulkhead(max_in_flight: u32, queue: u32) -> Arc<Bulkhead> {
    Bulkhead::new(BulkheadPolicy {
        queue,
        ..BulkheadPolicy::new(max_in_flight)
    })
}

fn inside(bulkhead: &Arc<Bulkhead>) -> Place {
    match bulkhead.arrive() {
        Arrival::Inside(place) => place,
        Arrival::Queued(_) => panic!("queued"),
        Arrival::Full => panic!("full"),
    }
}

fn is_full(bulkhead: &Arc<Bulkhead>) -> bool {
    matches!(bulkhead.arrive(), Arrival::Full)
}

/// A call in the queue, as its first poll leaves it.
fn waiting(bulkhead: &Arc<Bulkhead>) -> Queued {
    let Arrival::Queued(mut queued) = bulkhead.arrive() else {
        panic!("not queued");
    };
    let polled = queued.poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Pending));
    queued
}

fn runtime_with_a_clock_that_stands_still() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("it needs nothing of the system")
}

#[test]
fn of_two_that_arrive_at_the_last_place_one_gets_it() {
    explore(Bound::Exhaustive, &["one"], |run| {
        let bulkhead = bulkhead(1, 0);
        let other = Arc::clone(&bulkhead);
        let (first, second) = run.both(move || other.arrive(), || bulkhead.arrive());
        let inside = |arrival: &Arrival| matches!(arrival, Arrival::Inside(_));
        assert!(inside(&first) != inside(&second));
        drop((first, second));
        assert!(!is_full(&bulkhead), "the place was given back");
        run.saw("one");
    });
}

#[test]
fn a_place_given_back_while_the_cap_shrinks_is_not_given_out_again() {
    explore(Bound::Exhaustive, &["full"], |run| {
        let bulkhead = bulkhead(2, 0);
        let (leaves, _stays) = (inside(&bulkhead), inside(&bulkhead));
        let other = Arc::clone(&bulkhead);
        run.both(
            move || drop(leaves),
            || other.resize(BulkheadPolicy::new(1)),
        );
        assert_eq!(bulkhead.state().in_flight, 1);
        assert!(is_full(&bulkhead), "one is in, and one is the cap");
        run.saw("full");
    });
}

#[test]
fn a_cap_that_shrinks_and_grows_while_a_call_ends_has_as_many_places_as_it_says() {
    explore(Bound::Exhaustive, &["two places"], |run| {
        let bulkhead = bulkhead(2, 0);
        let (leaves, stays) = (inside(&bulkhead), inside(&bulkhead));
        let other = Arc::clone(&bulkhead);
        run.both(
            move || drop(leaves),
            || {
                other.resize(BulkheadPolicy::new(1));
                other.resize(BulkheadPolicy::new(2));
            },
        );
        drop(stays);
        let _both = (inside(&bulkhead), inside(&bulkhead));
        assert!(is_full(&bulkhead));
        run.saw("two places");
    });
}

#[test]
fn a_call_that_arrives_while_the_cap_shrinks_came_before_or_finds_it_full() {
    explore(Bound::Exhaustive, &["before", "full"], |run| {
        let bulkhead = bulkhead(2, 0);
        let stays = inside(&bulkhead);
        let other = Arc::clone(&bulkhead);
        let (arrival, ()) = run.both(
            move || other.arrive(),
            || bulkhead.resize(BulkheadPolicy::new(1)),
        );
        drop(stays);
        match arrival {
            Arrival::Inside(place) => {
                run.saw("before");
                assert!(is_full(&bulkhead), "it has the only place");
                drop(place);
            }
            Arrival::Queued(_) | Arrival::Full => run.saw("full"),
        }
        let _one = inside(&bulkhead);
        assert!(is_full(&bulkhead));
    });
}

#[test]
fn who_waits_gets_the_place_that_is_given_back() {
    let runtime = runtime_with_a_clock_that_stands_still();
    let _within = runtime.enter();
    explore(Bound::Exhaustive, &["waited", "did not wait"], |run| {
        let bulkhead = bulkhead(1, 1);
        let first = inside(&bulkhead);
        let other = Arc::clone(&bulkhead);
        let ((), (place, has_waited)) = run.both(
            move || drop(first),
            || match other.arrive() {
                Arrival::Inside(place) => (Some(place), false),
                // A wake-up that gets lost is a deadlock to loom.
                Arrival::Queued(mut queued) => (block_on(poll_fn(|cx| queued.poll(cx))), true),
                Arrival::Full => panic!("there is room to wait"),
            },
        );
        assert!(place.is_some());
        assert_eq!(bulkhead.state().queued, 0);
        assert_eq!(bulkhead.state().in_flight, 1);
        run.saw(if has_waited { "waited" } else { "did not wait" });
    });
}

#[test]
fn who_gives_up_waiting_leaves_the_place_to_the_next() {
    let runtime = runtime_with_a_clock_that_stands_still();
    let _within = runtime.enter();
    explore(Bound::Exhaustive, &["free"], |run| {
        let bulkhead = bulkhead(1, 1);
        let first = inside(&bulkhead);
        let second = waiting(&bulkhead);
        run.both(move || drop(first), || drop(second));
        assert_eq!(bulkhead.state().queued, 0);
        let _third = inside(&bulkhead);
        run.saw("free");
    });
}

#[test]
fn the_queue_is_never_longer_than_it_may_be() {
    let runtime = runtime_with_a_clock_that_stands_still();
    let _within = runtime.enter();
    explore(Bound::Exhaustive, &["one waits"], |run| {
        let bulkhead = bulkhead(1, 1);
        let _inside = inside(&bulkhead);
        let other = Arc::clone(&bulkhead);
        let (first, second) = run.both(move || other.arrive(), || bulkhead.arrive());
        let waits = |arrival: &Arrival| matches!(arrival, Arrival::Queued(_));
        assert!(waits(&first) != waits(&second));
        run.saw("one waits");
    });
}
