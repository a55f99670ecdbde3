//! A cap on the calls in flight, with a bounded queue.
//!
//! - [`config`]: options, defaults, checks
//!
//! The waiting itself is tokio's semaphore, which is fair and cancel-safe. Here are the bound on the
//! queue, the limit on the wait, and a size that can change while calls are in flight.

mod config;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

pub use self::config::BulkheadPolicy;
use crate::sync::{AtomicUsize, Mutex, Ordering, OwnedSemaphorePermit, Semaphore};
use crate::timer;

/// A cap on the calls in flight.
pub struct Bulkhead {
    semaphore: Arc<Semaphore>,
    policy: Mutex<BulkheadPolicy>,
    /// Places that a smaller policy has taken away while calls held them.
    debt: AtomicUsize,
    waiting: AtomicUsize,
}

/// A place in a bulkhead, given back when it is dropped.
pub(crate) struct Place {
    bulkhead: Arc<Bulkhead>,
    permit: Option<OwnedSemaphorePermit>,
    /// Instead of a permit, where a call passes that would have to wait.
    _spot: Option<Spot>,
}

/// What a call finds.
pub(crate) enum Arrival {
    Inside(Place),
    Queued(Queued),
    /// No place, and no room to wait.
    Full,
}

/// A call that waits for a place. Dropped, it leaves the queue.
pub(crate) struct Queued(Pin<Box<dyn Future<Output = Option<Place>> + Send + Sync>>);

/// How full a bulkhead is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkheadState {
    /// Calls that are running.
    pub in_flight: u32,
    /// Calls that may run at the same time.
    pub max_in_flight: u32,
    /// Calls that wait for a place.
    pub queued: u32,
}

impl Bulkhead {
    pub(crate) fn new(policy: BulkheadPolicy) -> Arc<Self> {
        Arc::new(Self {
            semaphore: Arc::new(Semaphore::new(policy.max_in_flight as usize)),
            policy: Mutex::new(policy),
            debt: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
        })
    }

    /// Asks for a place.
    pub(crate) fn arrive(self: &Arc<Self>) -> Arrival {
        if let Some(place) = self.free_place() {
            return Arrival::Inside(place);
        }
        let policy = *self.policy.lock();
        let Some(spot) = Spot::take(self, policy.queue as usize) else {
            return Arrival::Full;
        };
        let Ok(limit) = timer::after(policy.queue_timeout) else {
            // Nobody could end the wait in time.
            return Arrival::Full;
        };
        let bulkhead = Arc::clone(self);
        Arrival::Queued(Queued(Box::pin(async move {
            let _spot = spot;
            tokio::select! {
                biased;
                place = bulkhead.next_place() => place,
                () = limit => None,
            }
        })))
    }

    /// Takes a place without waiting for it: where none is left, a spot in the queue, which the call
    /// is to hold until its end. `None` when the queue is full as well.
    ///
    /// For calls that pass in any case. So many of them are counted as in flight as would be in
    /// flight or waiting, and no more than would be.
    pub(crate) fn look(self: &Arc<Self>) -> Option<Place> {
        if let Some(place) = self.free_place() {
            return Some(place);
        }
        let queue = self.policy.lock().queue as usize;
        Some(Place {
            bulkhead: Arc::clone(self),
            permit: None,
            _spot: Some(Spot::take(self, queue)?),
        })
    }

    /// A place, if one is free.
    fn free_place(self: &Arc<Self>) -> Option<Place> {
        loop {
            let permit = Arc::clone(&self.semaphore).try_acquire_owned().ok()?;
            if let Some(place) = self.place(permit) {
                return Some(place);
            }
        }
    }

    /// Waits for a place.
    async fn next_place(self: &Arc<Self>) -> Option<Place> {
        loop {
            let permit = Arc::clone(&self.semaphore).acquire_owned().await.ok()?;
            if let Some(place) = self.place(permit) {
                return Some(place);
            }
        }
    }

    /// The place that a permit stands for, unless it was taken away: the size may have shrunk after
    /// the last call with this permit found no debt to pay, and before it gave the permit back.
    fn place(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Option<Place> {
        if self.take_debt(1) == 1 {
            permit.forget();
            return None;
        }
        Some(Place {
            bulkhead: Arc::clone(self),
            permit: Some(permit),
            _spot: None,
        })
    }

    /// Changes the size, also while calls are in flight: a smaller one takes effect as they end.
    pub(crate) fn resize(&self, policy: BulkheadPolicy) {
        let mut current = self.policy.lock();
        let (before, after) = (
            current.max_in_flight as usize,
            policy.max_in_flight as usize,
        );
        *current = policy;
        if after > before {
            let more = after - before;
            let repaid = self.take_debt(more);
            self.semaphore.add_permits(more - repaid);
        } else {
            let fewer = before - after;
            let forgotten = self.semaphore.forget_permits(fewer);
            self.debt.fetch_add(fewer - forgotten, Ordering::AcqRel);
        }
    }

    /// Takes up to `most` off the debt. Returns how much.
    fn take_debt(&self, most: usize) -> usize {
        let mut taken = 0;
        self.debt
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |debt| {
                taken = debt.min(most);
                // Most of the time there is none, and nothing to write.
                (taken > 0).then(|| debt - taken)
            })
            .ok();
        taken
    }

    pub(crate) fn state(&self) -> BulkheadState {
        let policy = *self.policy.lock();
        let size = policy.max_in_flight as usize + self.debt.load(Ordering::Acquire);
        let in_flight = size.saturating_sub(self.semaphore.available_permits());
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        BulkheadState {
            in_flight: number(in_flight),
            max_in_flight: policy.max_in_flight,
            queued: number(self.waiting.load(Ordering::Acquire)),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take()
            && self.bulkhead.take_debt(1) == 1
        {
            permit.forget();
        }
    }
}

impl Queued {
    /// Waits; `None` when the wait took too long.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Place>> {
        self.0.as_mut().poll(cx)
    }
}

/// A spot in the queue.
struct Spot(Arc<Bulkhead>);

impl Spot {
    fn take(bulkhead: &Arc<Bulkhead>, limit: usize) -> Option<Self> {
        bulkhead
            .waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |waiting| {
                (waiting < limit).then_some(waiting + 1)
            })
            .ok()?;
        Some(Self(Arc::clone(bulkhead)))
    }
}

impl Drop for Spot {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

impl std::fmt::Debug for Bulkhead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Bulkhead").field(&self.state()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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

    fn queued(bulkhead: &Arc<Bulkhead>) -> Queued {
        match bulkhead.arrive() {
            Arrival::Queued(queued) => queued,
            Arrival::Inside(_) => panic!("inside"),
            Arrival::Full => panic!("full"),
        }
    }

    async fn wait(mut queued: Queued) -> Option<Place> {
        std::future::poll_fn(|cx| queued.poll(cx)).await
    }

    #[tokio::test(start_paused = true)]
    async fn the_cap_and_the_queue_hold() {
        let bulkhead = bulkhead(2, 1);
        let (first, _second) = (inside(&bulkhead), inside(&bulkhead));
        let third = queued(&bulkhead);
        assert!(matches!(bulkhead.arrive(), Arrival::Full));
        assert_eq!(
            bulkhead.state(),
            BulkheadState {
                in_flight: 2,
                max_in_flight: 2,
                queued: 1
            }
        );
        drop(first);
        assert!(wait(third).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_goes_to_who_came_first_and_not_to_who_asks_just_then() {
        let bulkhead = bulkhead(1, 1);
        let first = inside(&bulkhead);
        let second = tokio::spawn(wait(queued(&bulkhead)));
        tokio::task::yield_now().await;
        drop(first);
        assert!(matches!(
            bulkhead.arrive(),
            Arrival::Full | Arrival::Queued(_)
        ));
        assert!(second.await.unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_at_its_limit_and_its_spot_is_free_again() {
        let bulkhead = bulkhead(1, 1);
        let _first = inside(&bulkhead);
        let start = tokio::time::Instant::now();
        assert!(wait(queued(&bulkhead)).await.is_none());
        assert_eq!(start.elapsed(), Duration::from_millis(200));
        assert_eq!(bulkhead.state().queued, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_wait_leaves_the_queue_and_loses_no_place() {
        let bulkhead = bulkhead(1, 1);
        let first = inside(&bulkhead);
        let mut second = queued(&bulkhead);
        assert!(
            std::future::poll_fn(|cx| Poll::Ready(second.poll(cx).is_pending())).await,
            "it waits"
        );
        // It has been given the place, and has not seen it yet.
        drop(first);
        drop(second);
        assert_eq!(bulkhead.state().queued, 0);
        let _third = inside(&bulkhead);
    }

    #[tokio::test(start_paused = true)]
    async fn a_smaller_size_takes_effect_as_calls_end() {
        let bulkhead = bulkhead(3, 0);
        let places = [inside(&bulkhead), inside(&bulkhead), inside(&bulkhead)];
        bulkhead.resize(BulkheadPolicy::new(1));
        let [one, two, three] = places;
        drop(one);
        drop(two);
        assert!(
            matches!(bulkhead.arrive(), Arrival::Full),
            "one is still in"
        );
        drop(three);
        let _one = inside(&bulkhead);
        assert!(matches!(bulkhead.arrive(), Arrival::Full));
        bulkhead.resize(BulkheadPolicy::new(2));
        let _two = inside(&bulkhead);
        assert!(matches!(bulkhead.arrive(), Arrival::Full));
    }

    #[tokio::test(start_paused = true)]
    async fn growing_again_before_the_debt_is_paid_makes_no_extra_place() {
        let bulkhead = bulkhead(3, 0);
        let places = [inside(&bulkhead), inside(&bulkhead), inside(&bulkhead)];
        bulkhead.resize(BulkheadPolicy::new(1));
        bulkhead.resize(BulkheadPolicy::new(2));
        drop(places);
        let _both = (inside(&bulkhead), inside(&bulkhead));
        assert!(matches!(bulkhead.arrive(), Arrival::Full));
    }
}
