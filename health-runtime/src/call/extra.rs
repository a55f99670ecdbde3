//! What only some calls need, kept out of the futures of the others: made when it is needed.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::Instant;

use super::blame::Ending;
use super::held::HeldPlaces;
use super::journal::Mark;
use crate::bulkhead::{Arrival, Bulkhead, Place, Queued};
use crate::fault::{Fault, Faults};
use crate::timer::Timer;

pin_project! {
    #[derive(Default)]
    pub(crate) struct Extra {
        // The places in the registry of a scope, if the call belongs to one.
        pub(super) held: Option<HeldPlaces>,
        pub(super) faults: Option<Arc<Faults>>,
        // The fault that a test wants this attempt to meet.
        pub(super) fault: Option<Fault>,
        pub(super) bulkheads: Bulkheads,
        // Limits the attempt that is running, or the pause before the next one.
        #[pin]
        pub(super) timer: Option<Timer>,
        // How long the attempt may take.
        pub(super) limit: Duration,
        // When the timer fires.
        pub(super) deadline: Option<Instant>,
        // What nested calls had recorded when the attempt ran out of time.
        pub(super) mark: Option<Mark>,
        // When an attempt after the first one began, if a rule has to know how long it takes.
        pub(super) started: Option<u32>,
        // Attempts that have ended.
        pub(super) attempts: u32,
        // How the last attempt ended, if it was no success.
        pub(super) ending: Option<Ending>,
    }
}

impl Extra {
    /// Starts a timer, or stops the one there is.
    pub(super) fn set_timer(self: Pin<&mut Self>, timer: Option<(Timer, Instant)>) {
        let mut this = self.project();
        let (timer, deadline) = timer.unzip();
        this.timer.set(timer);
        *this.deadline = deadline;
    }

    /// Whether there is a timer, and it has fired.
    pub(super) fn poll_timer(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let mut timer = self.project().timer;
        timer
            .as_mut()
            .as_pin_mut()
            .is_some_and(|timer| timer.poll(cx).is_ready())
    }
}

impl std::fmt::Debug for Extra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Extra")
            .field("attempts", &self.attempts)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// The bulkheads of a call: those to pass yet, the one it waits for, the places it holds.
#[derive(Default)]
pub(super) struct Bulkheads {
    /// Last one first.
    ahead: Vec<Arc<Bulkhead>>,
    queued: Option<Queued>,
    inside: Vec<Place>,
    pub(super) has_waited: bool,
}

/// What came of the bulkheads.
pub(super) enum Passage {
    Inside,
    Waits,
    Full,
}

impl Bulkheads {
    /// The bulkheads to pass, in this order.
    pub(super) fn new(mut ahead: Vec<Arc<Bulkhead>>) -> Self {
        ahead.reverse();
        Self {
            ahead,
            ..Self::default()
        }
    }

    pub(super) const fn is_queued(&self) -> bool {
        self.queued.is_some()
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Passage {
        loop {
            let place = match &mut self.queued {
                Some(queued) => match queued.poll(cx) {
                    Poll::Pending => {
                        self.has_waited = true;
                        return Passage::Waits;
                    }
                    Poll::Ready(place) => {
                        self.queued = None;
                        place
                    }
                },
                None => match self.ahead.pop().map(|bulkhead| bulkhead.arrive()) {
                    None => return Passage::Inside,
                    Some(Arrival::Full) => None,
                    Some(Arrival::Inside(place)) => Some(place),
                    Some(Arrival::Queued(queued)) => {
                        self.queued = Some(queued);
                        continue;
                    }
                },
            };
            match place {
                Some(place) => self.inside.push(place),
                None => return Passage::Full,
            }
        }
    }
}
