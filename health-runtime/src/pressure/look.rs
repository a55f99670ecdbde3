//! What a loop sees of its dependencies, and how it waits for that to change.

use std::ops::ControlFlow;
use std::pin::pin;
use std::time::{Duration, Instant};

use super::Pressure;
use crate::call::journal;
use crate::dependency::{Entry, Standing};
use crate::registry::HealthRegistry;
use crate::state::DependencyState;

/// How long a loop waits without looking. Time alone ends a cooldown, and a trial that is dropped
/// frees its slot; neither wakes anybody.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a timer can tell from now.
const SHORTEST: Duration = Duration::from_millis(1);

/// The dependencies of a loop, by name: they are looked up whenever it looks. One that is not known
/// yet is in nobody's way, and is not made by asking: every dependency that exists is one more for
/// the gate to prove healthy.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) registry: HealthRegistry,
    names: Box<[Box<str>]>,
}

/// All dependencies of a loop at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) pressure: Pressure,
    /// Each of them is healthy, or waits for a call to show whether it is.
    pub(super) is_calls_turn: bool,
    /// Something changes with time alone after this long.
    changes_in: Duration,
}

impl Look {
    /// Nobody is in the way.
    const FREE: Self = Self {
        pressure: Pressure::Normal,
        is_calls_turn: true,
        changes_in: LOOK_AGAIN,
    };

    fn and(self, other: Self) -> Self {
        Self {
            pressure: self.pressure.max(other.pressure),
            is_calls_turn: self.is_calls_turn && other.is_calls_turn,
            changes_in: self.changes_in.min(other.changes_in),
        }
    }

    fn of(entry: &Entry) -> Self {
        // Ends an override whose time is over, and tells of it.
        entry.change(|_, _| [None]);
        let now = entry.context().now();
        let standing = entry.standing(now);
        // As for a guarded call: what belongs to a trial does not wait for its end.
        let is_within = journal::is_within_trial(entry.id(), standing.epoch);
        Self::at(&standing, is_within, now)
    }

    fn at(standing: &Standing, is_within_trial: bool, now: Instant) -> Self {
        let refusal = standing.refusal.filter(|_| standing.is_enforced);
        let refusal = refusal.filter(|_| !is_within_trial);
        let is_healthy = standing.state == DependencyState::Healthy;
        let somebody_else_will_tell = standing.is_probed || standing.is_forced;
        let left = standing
            .until
            .map(|until| until.saturating_duration_since(now));
        let waits = [left, refusal.map(|refusal| refusal.retry_after)];
        Self {
            pressure: match refusal {
                Some(_) => Pressure::Paused,
                None if is_healthy => Pressure::Normal,
                None => Pressure::Reduced,
            },
            is_calls_turn: is_healthy || refusal.is_none() && !somebody_else_will_tell,
            changes_in: waits
                .into_iter()
                .flatten()
                .filter(|wait| !wait.is_zero())
                .fold(LOOK_AGAIN, Duration::min),
        }
    }
}

impl Watched {
    pub(super) fn new(
        registry: HealthRegistry,
        deps: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        let names = deps.into_iter().map(|name| name.as_ref().into()).collect();
        Self { registry, names }
    }

    pub(super) fn roll(&self) -> f64 {
        self.registry.directory().context().roll()
    }

    pub(super) fn look(&self) -> Look {
        self.names
            .iter()
            .filter_map(|name| self.registry.entry_if_known(name))
            .map(|entry| Look::of(&entry))
            .fold(Look::FREE, Look::and)
    }

    /// Asks `decide` at once, at every change, and at the latest when it wants to be asked again,
    /// until it has an answer.
    ///
    /// Everything that is kept between two questions is kept by `decide`, so that the future may be
    /// dropped whenever it waits.
    pub(super) async fn watch<T>(
        &self,
        mut decide: impl FnMut(Look, Instant) -> ControlFlow<T, Option<Instant>>,
    ) -> T {
        let context = self.registry.directory().context();
        // A loop that always finds its answer at once must still let others run.
        tokio::task::coop::consume_budget().await;
        loop {
            // Made before the look: what changes between the two must wake.
            let changed = pin!(context.changed());
            let look = self.look();
            let now = context.now();
            let again = match decide(look, now) {
                ControlFlow::Break(answer) => return answer,
                ControlFlow::Continue(again) => again,
            };
            let wait = again.map_or(LOOK_AGAIN, |at| at.saturating_duration_since(now));
            let wait = wait.min(look.changes_in).max(SHORTEST);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = changed => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breaker::Refusal;
    use crate::error::Reason;
    use crate::state::BreakerState;

    fn healthy() -> Standing {
        Standing {
            state: DependencyState::Healthy,
            breaker: BreakerState::Closed,
            refusal: None,
            is_enforced: true,
            is_forced: false,
            is_probed: false,
            until: None,
            epoch: 0,
        }
    }

    fn refused(reason: Reason) -> Standing {
        Standing {
            state: DependencyState::Degraded,
            refusal: Some(Refusal {
                reason,
                retry_after: LOOK_AGAIN / 4,
            }),
            ..healthy()
        }
    }

    fn look(standing: Standing) -> (Pressure, bool) {
        let look = Look::at(&standing, false, Instant::now());
        (look.pressure, look.is_calls_turn)
    }

    #[test]
    fn who_would_be_refused_pauses_whatever_the_reason() {
        for reason in [
            Reason::CircuitOpen,
            Reason::TrialInFlight,
            Reason::ForcedOpen,
        ] {
            assert_eq!(look(refused(reason)), (Pressure::Paused, false));
        }
    }

    #[test]
    fn a_refusal_that_is_only_observed_pauses_nobody() {
        let observed = Standing {
            is_enforced: false,
            ..refused(Reason::CircuitOpen)
        };
        assert_eq!(look(observed), (Pressure::Reduced, true));
    }

    #[test]
    fn what_belongs_to_a_trial_does_not_wait_for_its_end() {
        let standing = refused(Reason::TrialInFlight);
        let look = Look::at(&standing, true, Instant::now());
        assert_eq!(look.pressure, Pressure::Reduced);
    }

    #[test]
    fn a_degraded_dependency_waits_for_a_call_unless_somebody_else_will_tell() {
        let degraded = Standing {
            state: DependencyState::Degraded,
            ..healthy()
        };
        let probed = Standing {
            is_probed: true,
            ..degraded
        };
        let forced = Standing {
            is_forced: true,
            ..degraded
        };
        assert_eq!(look(degraded), (Pressure::Reduced, true));
        assert_eq!(look(probed), (Pressure::Reduced, false));
        assert_eq!(look(forced), (Pressure::Reduced, false));
    }

    #[test]
    fn the_next_look_is_when_the_first_of_all_changes_and_within_a_second() {
        let now = Instant::now();
        let soon = Look::at(&refused(Reason::TrialInFlight), false, now);
        let forced = Standing {
            until: Some(now + LOOK_AGAIN / 2),
            ..healthy()
        };
        let later = Look::at(&forced, false, now);
        assert_eq!(later.changes_in, LOOK_AGAIN / 2);
        assert_eq!(later.and(soon).changes_in, LOOK_AGAIN / 4);
        assert_eq!(Look::at(&healthy(), false, now).changes_in, LOOK_AGAIN);
    }
}
