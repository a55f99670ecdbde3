//! The bulkheads on the way of a call, and whether they refuse.
//!
//! Whose a bulkhead is, says it by the mode of its policy ([`BreakerMode`]):
//!
//! | mode    | finds a place       | finds none                                         |
//! |---------|---------------------|----------------------------------------------------|
//! | enforce | takes it            | waits in the queue, and is refused at the end of it |
//! | observe | takes it            | passes at once; counted if the queue is full, too  |
//! | off     | is not asked at all |                                                    |
//!
//! The cap of the function itself has no mode. It enforces when one of its dependencies does, else
//! it observes when one of them does: as the limit on the time of its attempts, which is asked of
//! the narrowest place in each dependency.

use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Duration;

use super::{Call, Care, Places};
use crate::breaker::{BreakerMode, Refusal};
use crate::bulkhead::{Arrival, Bulkhead, Place, Queued};
use crate::circuit::Circuit;
use crate::error::{DependencyUnhealthy, Reason};

/// Whose a bulkhead is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A dependency, or a part of one: the id of its circuit.
    Circuit(u64),
    /// The function that is called.
    Function,
}

/// A bulkhead that the call has yet to pass.
struct Ahead {
    bulkhead: Arc<Bulkhead>,
    owner: Owner,
    is_enforced: bool,
}

/// A place that the call holds.
struct Inside {
    _place: Place,
    is_enforced: bool,
}

/// The bulkheads of a call: those to pass yet, the one it waits for, the places it holds.
#[derive(Default)]
pub(super) struct Bulkheads {
    /// Last one first.
    ahead: Vec<Ahead>,
    queued: Option<(Queued, Owner)>,
    inside: Vec<Inside>,
    has_waited: bool,
}

/// What came of the bulkheads.
enum Passage {
    Inside,
    Waits,
    /// There is no place in this one. Asked again, the call goes on without.
    Full(Owner),
}

impl Bulkheads {
    pub(super) const fn is_queued(&self) -> bool {
        self.queued.is_some()
    }

    /// Goes on by those that are enforced alone: to the others, the call is one that was refused.
    fn leave_observed(&mut self) {
        self.ahead.retain(|ahead| ahead.is_enforced);
        self.inside.retain(|inside| inside.is_enforced);
    }

    fn poll(&mut self, cx: &mut task::Context<'_>) -> Passage {
        loop {
            let (place, owner, is_enforced) = match &mut self.queued {
                Some((queued, owner)) => match queued.poll(cx) {
                    Poll::Pending => {
                        self.has_waited = true;
                        return Passage::Waits;
                    }
                    Poll::Ready(place) => {
                        let owner = *owner;
                        self.queued = None;
                        (place, owner, true)
                    }
                },
                None => match self.ahead.pop() {
                    None => return Passage::Inside,
                    Some(ahead) if !ahead.is_enforced => {
                        (ahead.bulkhead.look(), ahead.owner, false)
                    }
                    Some(ahead) => match ahead.bulkhead.arrive() {
                        Arrival::Full => (None, ahead.owner, true),
                        Arrival::Inside(place) => (Some(place), ahead.owner, true),
                        Arrival::Queued(queued) => {
                            self.queued = Some((queued, ahead.owner));
                            continue;
                        }
                    },
                },
            };
            match place {
                Some(place) => self.inside.push(Inside {
                    _place: place,
                    is_enforced,
                }),
                None => return Passage::Full(owner),
            }
        }
    }
}

impl<P: Places> Call<P> {
    /// Has the call pass the bulkheads of its dependencies, and then `own`, before its body runs.
    pub(crate) fn pass_bulkheads(&mut self, own: Option<Arc<Bulkhead>>) {
        let mut ahead: Vec<(u64, Arc<Bulkhead>, BreakerMode)> = Vec::new();
        self.show(&mut |places| {
            let theirs = places.iter();
            ahead.extend(theirs.filter_map(|(circuit, _)| {
                Some((circuit.id(), circuit.bulkhead()?, circuit.mode()))
            }));
        });
        // In one order, as everywhere where several are taken.
        ahead.sort_by_key(|(id, ..)| *id);
        ahead.dedup_by_key(|(id, ..)| *id);
        let theirs = ahead
            .into_iter()
            .map(|(id, bulkhead, mode)| (Owner::Circuit(id), bulkhead, mode));
        let own = own.map(|bulkhead| (Owner::Function, bulkhead, self.mode_of(Owner::Function)));
        // The last one first.
        let mut ahead: Vec<Ahead> = theirs
            .chain(own)
            .filter(|(_, _, mode)| *mode != BreakerMode::Off)
            .map(|(owner, bulkhead, mode)| Ahead {
                bulkhead,
                owner,
                is_enforced: mode == BreakerMode::Enforce,
            })
            .collect();
        if ahead.is_empty() {
            return;
        }
        ahead.reverse();
        self.rare_mut().bulkheads.ahead = ahead;
        self.care = Care::Special;
    }

    /// Goes through the bulkheads. Ready when the call is inside, or refused.
    pub(super) fn poll_bulkheads(
        &mut self,
        cx: &mut task::Context<'_>,
    ) -> Poll<Result<(), DependencyUnhealthy>> {
        loop {
            let Some(rare) = self.rare_if_any() else {
                return Poll::Ready(Ok(()));
            };
            match rare.bulkheads.poll(cx) {
                Passage::Inside => break,
                Passage::Waits => return Poll::Pending,
                // By the mode of now: it may have changed while the call was waiting.
                Passage::Full(owner) => match self.mode_of(owner) {
                    BreakerMode::Enforce => {
                        return Poll::Ready(Err(self.refuse(Reason::Saturated, Some(owner))));
                    }
                    BreakerMode::Observe => {
                        self.note_saturated(owner);
                        self.rare_mut().bulkheads.leave_observed();
                    }
                    BreakerMode::Off => {}
                },
            }
        }
        let has_waited = self
            .rare_if_any()
            .is_some_and(|rare| std::mem::take(&mut rare.bulkheads.has_waited));
        if has_waited {
            if let Some(reason) = self.shut_out() {
                // It came in by a door that was shut behind it.
                return Poll::Ready(Err(self.refuse(reason, None)));
            }
            // The queue is not the dependency's slowness.
            self.note_start();
        }
        Poll::Ready(Ok(()))
    }

    /// Counts a call that a bulkhead would refuse if it were not only observed.
    fn note_saturated(&self, owner: Owner) {
        let mut noted = false;
        self.each_responsible(owner, |circuit| {
            if !noted && circuit.mode() == BreakerMode::Observe {
                noted = true;
                circuit.observed(Refusal {
                    reason: Reason::Saturated,
                    retry_after: Duration::ZERO,
                });
            }
        });
    }

    /// Whether a bulkhead refuses.
    fn mode_of(&self, owner: Owner) -> BreakerMode {
        let mut strictest = BreakerMode::Off;
        self.each_responsible(owner, |circuit| {
            strictest = match (strictest, circuit.mode()) {
                (BreakerMode::Enforce, _) | (_, BreakerMode::Enforce) => BreakerMode::Enforce,
                (BreakerMode::Observe, _) | (_, BreakerMode::Observe) => BreakerMode::Observe,
                (BreakerMode::Off, BreakerMode::Off) => BreakerMode::Off,
            };
        });
        strictest
    }

    /// The circuit that owns a bulkhead; for that of the function, the narrowest of each dependency.
    fn each_responsible(&self, owner: Owner, mut each: impl FnMut(&Circuit)) {
        match owner {
            Owner::Function => self.each_narrowest(each),
            Owner::Circuit(id) => self.show(&mut |places| {
                let mut owners = places.iter().filter(|(circuit, _)| circuit.id() == id);
                if let Some((circuit, _)) = owners.next() {
                    each(circuit);
                }
            }),
        }
    }
}

impl Owner {
    /// Whether it is this circuit.
    pub(super) fn is(self, circuit: &Circuit) -> bool {
        self == Self::Circuit(circuit.id())
    }
}
