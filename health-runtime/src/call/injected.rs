//! The faults that a test lets a call meet, and what is counted for it. Nothing, in a build without
//! the test kit.

use std::sync::Arc;

use super::extra::Progress;
use super::{Call, Places};
use crate::fault::{Fault, Faults};
use crate::name::Name;
use crate::tally::Event;

impl<P: Places> Call<P> {
    /// Lets the call meet the faults that are waiting for it.
    pub(crate) fn meet(&mut self, faults: &Arc<Faults>) {
        if !Faults::ARE_POSSIBLE {
            return;
        }
        self.rare_mut().faults = Some(Arc::clone(faults));
    }

    /// Begins an attempt that has passed the bulkheads: it takes the fault that is waiting for it,
    /// and is counted. Only where calls may meet faults.
    pub(super) fn begin(&mut self) {
        let Some(rare) = self.rare() else {
            return;
        };
        let (Some(faults), event) = (
            rare.faults.clone(),
            match rare.progress {
                Progress::Outside => Event::Admitted,
                Progress::Again => Event::Retried,
                Progress::Running => return,
            },
        ) else {
            return;
        };
        self.tally(event);
        let fault = self.next_fault(&faults);
        let rare = self.rare_mut();
        rare.fault = fault;
        rare.progress = Progress::Running;
    }

    fn next_fault(&self, faults: &Faults) -> Option<Fault> {
        let is_of = |name: Name, key: Option<&str>, role: Option<&str>| match self.held() {
            Some(held) => held.is_of(name.as_str(), key, role),
            None => self.places.is_of(name.as_str(), key, role),
        };
        let mut fault = None;
        self.show(&mut |places| {
            fault = places
                .iter()
                .filter(|(circuit, _)| circuit.part().is_none())
                .map(|(circuit, _)| circuit.name())
                .find_map(|name| faults.next(name, |key, role| is_of(name, key, role)));
        });
        fault
    }

    /// Counts what has happened to the call, for tests: once for each of its dependencies.
    pub(super) fn tally(&self, event: Event) {
        if !Faults::ARE_POSSIBLE {
            return;
        }
        self.show(&mut |places| {
            for (index, (circuit, _)) in places.iter().enumerate() {
                let mut earlier = places[..index].iter();
                if !earlier.any(|(other, _)| other.name() == circuit.name()) {
                    circuit.context().tally().note(circuit.name(), event);
                }
            }
        });
    }

    /// Whether what happens to the call is counted, and it has begun.
    pub(super) fn is_tallied(&self) -> bool {
        Faults::ARE_POSSIBLE
            && self
                .rare()
                .is_some_and(|rare| rare.progress != Progress::Outside)
    }
}
