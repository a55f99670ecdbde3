//! Calls over one or several dependencies, and within each other.

use std::time::Duration;

use health_runtime::{BreakerMode, DependencyState, Reason};

use super::blame::{How, Judged, name_of};
use super::breaker::{Asker, Role, State, Ticket};
use super::{Reference, Time};
use crate::event::{Body, CallSpec, Ending, Route, Then};
use crate::functions::NAMES;
use crate::trouble::Told;

/// What the caller has got.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Came {
    /// It runs.
    Nothing,
    Ok,
    Told(Told),
    Refused(Refused),
    Panic,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Refused {
    pub(crate) dependency: Option<&'static str>,
    pub(crate) reason: Reason,
    pub(crate) state: DependencyState,
    pub(crate) retry_after: Duration,
}

/// A call that was let in.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    route: Route,
    pub(crate) places: Vec<Ticket>,
    pub(crate) began: Time,
    /// One of its dependencies had to know how long it takes, when it began.
    pub(crate) is_timed: bool,
    /// When its body first had to wait.
    pub(crate) waiting_since: Option<Time>,
    /// How long it may take, and until when.
    limit: Option<(Duration, Time)>,
    /// Whom calls within it have blamed.
    pub(crate) blamed: Vec<usize>,
}

/// A call that waits for something, with the call within it that it waits for.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    outer: Running,
    inner: Option<Running>,
    /// Until when it waits for the one within.
    patience: Option<Time>,
    then: Then,
}

impl Running {
    fn new(reference: &Reference, route: Route, places: Vec<Ticket>) -> Self {
        let is_timed = |place: &Ticket| {
            let policy = &reference.dependencies[place.dependency].policy;
            matches!(place.role, Role::Call | Role::Trial) && policy.slow_call_rate.is_some()
        };
        Self {
            route,
            is_timed: places.iter().any(is_timed),
            places,
            began: reference.now,
            waiting_since: None,
            limit: None,
            blamed: Vec::new(),
        }
    }

    fn is_overdue(&self, now: Time) -> bool {
        self.limit.is_some_and(|(_, deadline)| deadline <= now)
    }

    /// Whether a refusal is seen in the error that carries it. By name, what the error says of itself is
    /// all that is known.
    pub(crate) const fn knows_refusals(&self) -> bool {
        !matches!(self.route, Route::ByName(_))
    }

    /// Whether it counts for itself, and is not only a part of the trial around it.
    fn counts(&self) -> bool {
        self.places.iter().any(|place| place.role != Role::Part)
    }
}

impl Flight {
    /// Whether what it waits for is the call within it.
    pub(crate) const fn waits_within(&self) -> bool {
        self.inner.is_some()
    }
}

type Left = (Came, Option<Flight>);

impl Reference {
    /// Begins a call.
    pub(crate) fn call(&mut self, spec: &CallSpec) -> Left {
        let mut outer = match self.admit(spec.route, None) {
            Ok(places) => Running::new(self, spec.route, places),
            Err(refused) => return (Came::Refused(refused), None),
        };
        match &spec.body {
            Body::Ends(ending) => (self.end(&outer, *ending, false).0, None),
            Body::Waits => {
                self.wait(&mut outer);
                let flight = Flight {
                    outer,
                    inner: None,
                    patience: None,
                    then: Then::PassOn,
                };
                (Came::Nothing, Some(flight))
            }
            Body::GetsOver(calls) => {
                for &(route, ending) in calls {
                    if let Ok(places) = self.admit(route, Some(&outer)) {
                        let within = Running::new(self, route, places);
                        let (_, judged) = self.end(&within, ending, false);
                        outer.blamed.extend(judged.blamed);
                    }
                }
                self.settle(&outer, How::Success, false);
                (Came::Ok, None)
            }
            Body::Nests {
                inner,
                patience,
                then,
            } => match self.admit(inner.route, Some(&outer)) {
                Err(refused) => self.go_on(outer, *then, Came::Refused(refused), Judged::refused()),
                Ok(places) => {
                    let mut within = Running::new(self, inner.route, places);
                    if let Body::Ends(ending) = inner.body {
                        let (came, judged) = self.end(&within, ending, false);
                        return self.go_on(outer, *then, came, judged);
                    }
                    self.wait(&mut within);
                    self.wait(&mut outer);
                    let flight = Flight {
                        outer,
                        inner: Some(within),
                        patience: patience.map(|patience| self.now + patience),
                        then: *then,
                    };
                    (Came::Nothing, Some(flight))
                }
            },
        }
    }

    /// A call within another one that ends at once. Says whether it has failed.
    pub(crate) fn call_at_once(&mut self, route: Route, ending: Ending) -> (Came, bool) {
        match self.admit(route, None) {
            Err(refused) => (Came::Refused(refused), true),
            Ok(places) => {
                let running = Running::new(self, route, places);
                let (came, judged) = self.end(&running, ending, false);
                (came, judged.has_failed)
            }
        }
    }

    /// What a call waits for is there.
    pub(crate) fn go_on_with(&mut self, flight: Flight, ending: Ending) -> Left {
        match flight.inner {
            None => (self.end(&flight.outer, ending, false).0, None),
            Some(inner) => {
                let (came, judged) = self.end(&inner, ending, false);
                self.go_on(flight.outer, flight.then, came, judged)
            }
        }
    }

    /// Looks at what a call waits for: its time may be over.
    pub(crate) fn look_at(&mut self, mut flight: Flight) -> Left {
        let now = self.now;
        let mut ended = None;
        if let Some(inner) = flight.inner.take_if(|inner| inner.is_overdue(now)) {
            let refused = self.timed_out(&inner);
            let judged = self.settle(&inner, How::TimedOut, false);
            ended = Some((Came::Refused(refused), judged));
        } else if flight.patience.is_some_and(|until| until <= now)
            && let Some(inner) = flight.inner.take()
        {
            let dropped = How::Dropped {
                waits_for_nested: false,
                expired: None,
            };
            let judged = self.settle(&inner, dropped, false);
            ended = Some((Came::Told(Told::LOST_PATIENCE), judged));
        }
        if let Some((came, judged)) = ended {
            return match self.go_on(flight.outer, flight.then, came, judged) {
                (Came::Nothing, Some(flight)) => self.look_at(flight),
                ended => ended,
            };
        }
        let Some((limit, _)) = flight.outer.limit.filter(|_| flight.outer.is_overdue(now)) else {
            return (Came::Nothing, Some(flight));
        };
        let refused = self.timed_out(&flight.outer);
        // What it waited for is dropped first, and is what hung.
        let mut is_explained = false;
        if let Some(inner) = flight.inner {
            let dropped = How::Dropped {
                waits_for_nested: false,
                expired: Some(limit),
            };
            let judged = self.settle(&inner, dropped, false);
            is_explained = judged.is_explained;
            flight.outer.blamed.extend(judged.blamed);
        }
        self.settle(&flight.outer, How::TimedOut, is_explained);
        (Came::Refused(refused), None)
    }

    /// The caller drops a call.
    pub(crate) fn drop_call(&mut self, flight: &Flight) {
        let dropped = |waits_for_nested| How::Dropped {
            waits_for_nested,
            expired: None,
        };
        if let Some(inner) = &flight.inner {
            self.settle(inner, dropped(false), false);
        }
        let waits_for_nested = flight.inner.as_ref().is_some_and(Running::counts);
        self.settle(&flight.outer, dropped(waits_for_nested), false);
    }

    fn timed_out(&self, running: &Running) -> Refused {
        let states = running
            .places
            .iter()
            .map(|ticket| self.dependencies[ticket.dependency].state(self.now));
        Refused {
            dependency: name_of(&running.places),
            reason: Reason::TimedOut,
            state: states.max().unwrap_or(DependencyState::Healthy),
            retry_after: Duration::ZERO,
        }
    }

    /// What a body does when the call within it has ended.
    fn go_on(&mut self, mut outer: Running, then: Then, came: Came, judged: Judged) -> Left {
        outer.blamed.extend(judged.blamed);
        let how = match (then, &came) {
            (_, Came::Panic) => How::Panicked,
            (Then::PassOn, Came::Told(told)) => How::Error(*told),
            (Then::PassOn, Came::Refused(refused)) => How::Refused(refused.reason),
            (Then::PassOn | Then::GetOver, _) => How::Success,
            (Then::GetOverAndWait, _) => {
                self.wait(&mut outer);
                let flight = Flight {
                    outer,
                    inner: None,
                    patience: None,
                    then: Then::PassOn,
                };
                return (Came::Nothing, Some(flight));
            }
        };
        self.settle(&outer, how, judged.is_explained);
        let came = if how == How::Success { Came::Ok } else { came };
        (came, None)
    }

    fn end(&mut self, running: &Running, ending: Ending, explained: bool) -> (Came, Judged) {
        let (how, came) = match ending {
            Ending::Success => (How::Success, Came::Ok),
            Ending::Error(told) => (How::Error(told), Came::Told(told)),
            Ending::Panic => (How::Panicked, Came::Panic),
        };
        (came, self.settle(running, how, explained))
    }

    /// Notes that a body waits. From the first time on, its time is limited by the shortest limit of
    /// its dependencies.
    fn wait(&self, running: &mut Running) {
        if running.waiting_since.is_some() {
            return;
        }
        running.waiting_since = Some(self.now);
        let limits = running
            .places
            .iter()
            .map(|ticket| &self.dependencies[ticket.dependency])
            // What may not be refused may not be cut short either.
            .filter(|dependency| dependency.policy.mode == BreakerMode::Enforce)
            .filter_map(|dependency| dependency.timeout);
        running.limit = limits.min().map(|limit| (limit, self.now + limit));
    }

    /// Asks all dependencies for a place, and takes all of them or none.
    fn admit(&mut self, route: Route, around: Option<&Running>) -> Result<Vec<Ticket>, Refused> {
        let now = self.now;
        let is_own_trial = |index: usize, epoch: u64| {
            around.is_some_and(|around| {
                around.places.iter().any(|place| {
                    *place
                        == Ticket {
                            dependency: index,
                            epoch,
                            role: Role::Trial,
                        }
                })
            })
        };
        let mut roles = Vec::new();
        for &index in route.dependencies() {
            self.dependencies[index].expire(now);
            let dependency = &self.dependencies[index];
            let is_half_open = matches!(dependency.breaker, State::HalfOpen { .. });
            if is_half_open && is_own_trial(index, dependency.epoch) {
                roles.push(Some(Role::Part));
                continue;
            }
            match dependency.verdict(Asker::Call, now) {
                Ok(()) => roles.push(None),
                Err(_) if dependency.passes_all() => {
                    let is_observed = dependency.policy.mode == BreakerMode::Observe;
                    self.dependencies[index].refusals += u64::from(is_observed);
                    roles.push(Some(Role::Bystander));
                }
                Err((reason, retry_after)) => {
                    let state = dependency.state(now);
                    self.dependencies[index].refusals += 1;
                    return Err(Refused {
                        dependency: Some(NAMES[index]),
                        reason,
                        state,
                        retry_after,
                    });
                }
            }
        }
        let places = route.dependencies().iter().zip(roles);
        let places = places.map(|(&index, role)| {
            let dependency = &mut self.dependencies[index];
            match role {
                Some(role) => dependency.ticket(index, role),
                None => dependency.admit(index, now),
            }
        });
        Ok(places.collect())
    }
}
