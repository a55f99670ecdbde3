//! The time of an attempt: its timer, from the moment at which the body first waits, and what is done
//! when it is over.

use std::task;
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::journal::{self, Mark};
use super::{Call, Care, Ending, Places, Stage};
use crate::circuit::Limit;
use crate::clock::NEVER;
use crate::error::{DependencyUnhealthy, Reason};
use crate::name::Name;
use crate::state::DependencyState;
use crate::sync::{AtomicBool, Ordering, statics};
use crate::tally::Event;
use crate::timer::NoTimer;

impl<P: Places> Call<P> {
    /// Notes that the body waits, and lets it wait no longer than it may. Gives the refusal that
    /// stands for its output when its time is over. `starts` says that this attempt has not waited
    /// before.
    pub(super) fn wait(
        &mut self,
        cx: &mut task::Context<'_>,
        starts: bool,
    ) -> Option<DependencyUnhealthy> {
        if starts || self.waiting_since == 0 {
            // The first reading of the clock, now that the call takes long enough not to notice: one
            // for all that wants to know.
            let now = Instant::now();
            if self.waiting_since == 0
                && let Some(context) = self.context()
            {
                self.waiting_since = context.stamp_ms_at(now);
            }
            if starts && let Err(NoTimer) = self.arm(now) {
                return Some(self.refuse(Reason::NoRuntime, None));
            }
        }
        if matches!(self.care, Care::Ordinary | Care::Boxed) || self.counts_for_itself() {
            journal::note_waiting(self.address());
        }
        if self.care == Care::Ordinary {
            // Also without a limit: whoever has noted that has to note when it is gone.
            self.care = Care::Boxed;
        }
        let extra = self.extra.as_mut()?;
        extra
            .as_mut()
            .poll_timer(cx)
            .then(|| self.run_out_of_time())
    }

    /// What tells it from all other calls, from when its body is polled first: it is not moved then.
    pub(super) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Starts the timer of the attempt that is running.
    ///
    /// # Errors
    ///
    /// When somebody has written a limit down, and there is nothing here that could keep it.
    fn arm(&mut self, now: Instant) -> Result<(), NoTimer> {
        statics! {
            static WARNED: AtomicBool = AtomicBool::new(false);
        }
        let Some(limit) = self.limit() else {
            return Ok(());
        };
        let deadline = now + limit.after.min(NEVER);
        let mut extra = self.extra();
        match extra.as_mut().start_timer(deadline) {
            Ok(()) => {
                *extra.project().limit = limit.after;
                Ok(())
            }
            Err(NoTimer) if limit.is_explicit => Err(NoTimer),
            Err(NoTimer) => {
                if !WARNED.swap(true, Ordering::Relaxed) {
                    warn!(
                        target: "health_runtime",
                        "guarded calls outside of a tokio runtime with timers have no limit on their time",
                    );
                }
                Ok(())
            }
        }
    }

    /// How long an attempt may take: the shortest limit of its dependencies. For each of them the
    /// narrowest place says it.
    pub(super) fn limit(&self) -> Option<Limit> {
        let own = self.places.timeout();
        let mut limit: Option<Limit> = None;
        self.show(&mut |places| {
            for (index, (circuit, _)) in places.iter().enumerate() {
                let mut narrower = places[index + 1..].iter();
                if narrower.any(|(other, _)| other.name() == circuit.name()) {
                    continue;
                }
                let shorter = |limit: Option<Limit>, other: Limit| match limit {
                    Some(limit) if limit.after <= other.after => Some(limit),
                    _ => Some(other),
                };
                if let Some(other) = circuit.time_limit(own) {
                    limit = shorter(limit, other);
                }
            }
        });
        limit
    }

    #[cold]
    fn run_out_of_time(&mut self) -> DependencyUnhealthy {
        self.stage = Stage::TimedOut;
        self.extra().stop_timer();
        self.rare_mut().mark = Some(Mark::here());
        // Until the body is dropped, which comes before anything else that happens to this call.
        let limit = *self.extra().project().limit;
        journal::begin_expiring(limit);
        let (mut name, mut state) = (None, DependencyState::Healthy);
        self.show(&mut |places| {
            let first = places.first().map(|(circuit, _)| circuit.name());
            let is_alone = places.iter().all(|(other, _)| Some(other.name()) == first);
            name = first.filter(|_| is_alone);
            for (circuit, _) in places {
                let now = circuit.context().now();
                state = state.max(circuit.lock().dependency_state(now));
            }
        });
        let name = name.unwrap_or(Name::EMPTY);
        DependencyUnhealthy::of(name, state, Reason::TimedOut, Duration::ZERO)
    }

    /// Says how an attempt ended that ran out of time, now that its body is dropped, and with it
    /// the nested calls that it was waiting for.
    pub(super) fn take_in_timeout(&mut self) {
        if self.stage != Stage::TimedOut {
            return;
        }
        self.stage = Stage::Admitted;
        if self.is_tallied() {
            self.tally(Event::TimedOut);
        }
        journal::end_expiring();
        let mark = self.rare_mut().mark.take();
        let explained = mark.is_some_and(|mark| Mark::here().has_recorded_since(mark));
        if let Some(mark) = mark.filter(|_| explained) {
            self.hear(mark);
        }
        let after = *self.extra().project().limit;
        self.rare_mut().ending = Some(Ending::TimedOut { after, explained });
    }
}
