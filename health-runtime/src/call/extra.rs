//! What only some calls need, kept out of the futures of the others: made when it is needed.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::Instant;

use super::blame::Ending;
use super::bulkheads::Bulkheads;
use super::held::HeldPlaces;
use super::journal::{self, Mark};
use crate::fault::{Fault, Faults};
use crate::timer::{self, NoTimer, Timer};

pin_project! {
    // What every call needs that waits, and no more: it is made at the first wait of each.
    #[derive(Default)]
    pub(crate) struct Extra {
        // Limits the attempt that is running, or the pause before the next one.
        #[pin]
        pub(super) timer: Option<Timer>,
        // How long the attempt may take.
        pub(super) limit: Duration,
        // When the timer fires.
        pub(super) deadline: Option<Instant>,
        // While the body is polled: what was the deadline of the code around it.
        outer: Option<Instant>,
        // What even of those that wait only some need.
        pub(super) rare: Option<Box<Rare>>,
    }
}

#[derive(Default)]
pub(super) struct Rare {
    /// The places in the registry of a scope, if the call belongs to one.
    pub(super) held: Option<HeldPlaces>,
    /// The faults that a test has injected, if this call may meet any.
    pub(super) faults: Option<Arc<Faults>>,
    /// The one that this attempt meets.
    pub(super) fault: Option<Fault>,
    pub(super) progress: Progress,
    pub(super) bulkheads: Bulkheads,
    /// What nested calls had recorded when the attempt ran out of time.
    pub(super) mark: Option<Mark>,
    /// When an attempt after the first one began, if a rule has to know how long it takes.
    pub(super) started: Option<u32>,
    /// Attempts that have ended.
    pub(super) attempts: u32,
    /// How the last attempt ended, if it was no success.
    pub(super) ending: Option<Ending>,
}

/// How far a call has come that is counted for tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Progress {
    /// Its first attempt has not begun: it may yet be refused.
    #[default]
    Outside,
    /// An attempt is running.
    Running,
    /// Another attempt is about to begin.
    Again,
}

impl Extra {
    /// Starts a timer that fires at `deadline`.
    pub(super) fn start_timer(self: Pin<&mut Self>, deadline: Instant) -> Result<(), NoTimer> {
        let mut this = self.project();
        timer::start(|timer| this.timer.set(Some(timer)), deadline)?;
        *this.deadline = Some(deadline);
        Ok(())
    }

    /// Stops the timer, if there is one.
    pub(super) fn stop_timer(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.timer.set(None);
        *this.deadline = None;
    }

    /// Lets nested calls know until when they have to be done.
    pub(super) fn lend_deadline(self: Pin<&mut Self>) {
        let this = self.project();
        *this.outer = journal::lend_deadline(*this.deadline);
    }

    /// Ends what [`Self::lend_deadline`] has begun.
    pub(super) fn take_back_deadline(self: Pin<&mut Self>) {
        journal::set_deadline(self.outer);
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
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
