//! Admission over one or several dependencies, all or none.

use std::time::Instant;

use super::journal;
use crate::breaker::{Asker, BreakerMode, Locked, Phase, Refusal, Transition, Word};
use crate::circuit::Circuit;
use crate::error::DependencyUnhealthy;
use crate::state::DependencyState;

/// Asks every dependency for a place and takes all of them, or none.
///
/// No dependency becomes half-open on behalf of a call that another one refuses: all are checked
/// first, and all are locked, in the order of their ids, while the places are taken.
pub(crate) fn admit(entries: &[&Circuit], words: &mut [Word]) -> Result<(), DependencyUnhealthy> {
    let Some(first) = entries.first() else {
        return Ok(());
    };
    if let Some((entry, refusal)) = shut_out(entries.iter().copied()) {
        return Err(refused_outright(entry, refusal));
    }
    let now = first.context().now();
    // One by one first. A refusal needs no more than that, and so no allocation.
    for entry in entries {
        let verdict = {
            let mut machine = entry.lock();
            let expired = machine.expire(now);
            (
                ask(entry, &machine, now),
                machine.dependency_state(now),
                expired,
            )
        };
        let (asked, state, expired) = verdict;
        if let Some(expired) = expired {
            entry.tell(&expired, now);
        }
        match asked {
            Ok(Place::Observed(_, refusal)) if entry.mode() == BreakerMode::Observe => {
                entry.observed(refusal);
            }
            // What is off, and was open when it was switched off, has no say.
            Ok(Place::Regular | Place::Aside(_) | Place::Observed(..)) => {}
            Err(refusal) => return Err(refuse(entry, refusal, state)),
        }
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&index| entries[index].id());
    let taken = take_all(entries, &order, words, now);
    match taken {
        Ok(transitions) => {
            for (index, transition) in transitions {
                entries[index].tell(&transition, now);
            }
            Ok(())
        }
        Err((index, refusal)) => {
            let state = entries[index].lock().dependency_state(now);
            Err(refuse(entries[index], refusal, state))
        }
    }
}

/// The first circuit that does not let every call in, and why it lets none in, if no rule need be
/// asked.
#[inline(always)]
pub(crate) fn shut_out<'a>(
    mut entries: impl Iterator<Item = &'a Circuit>,
) -> Option<(&'a Circuit, Refusal)> {
    let entry = entries.find(|entry| !entry.word().is_closed())?;
    Some((entry, entry.refusal()?))
}

/// The error of a call that was [shut out](shut_out).
pub(crate) fn refused_outright(entry: &Circuit, refusal: Refusal) -> DependencyUnhealthy {
    refuse(entry, refusal, DependencyState::Unhealthy)
}

/// Does what [`shed`] does for places that are not taken yet.
pub(crate) fn shed_places(
    places: &impl super::Places,
    at: DependencyState,
) -> Result<(), DependencyUnhealthy> {
    let mut shed_by = Ok(());
    places.show(&mut |places| {
        let circuits: Vec<&Circuit> = places.iter().map(|(circuit, _)| *circuit).collect();
        shed_by = shed(&circuits, at);
    });
    shed_by
}

/// Turns a call away that can be skipped, if one of its circuits is in this state or a worse one.
pub(crate) fn shed(circuits: &[&Circuit], at: DependencyState) -> Result<(), DependencyUnhealthy> {
    for circuit in circuits {
        // Part of a trial: it would be refused by the trial that it belongs to.
        if journal::is_within_trial(circuit.id(), circuit.word().epoch()) {
            continue;
        }
        if let Err(refusal) = circuit.shed(at) {
            journal::note_refused();
            return Err(refusal);
        }
    }
    Ok(())
}

fn refuse(entry: &Circuit, refusal: Refusal, state: DependencyState) -> DependencyUnhealthy {
    journal::note_refused();
    entry.refused(refusal, state)
}

/// How a place would be taken.
enum Place {
    /// By the rules: a call, or a trial.
    Regular,
    /// Beside the rules: part of a trial that is already counted.
    Aside(Word),
    /// Beside the rules, which would refuse it and are only observed.
    Observed(Word, Refusal),
}

fn ask(entry: &Circuit, machine: &Locked<'_>, now: Instant) -> Result<Place, Refusal> {
    if machine.word().phase() == Phase::HalfOpen
        && journal::is_within_trial(entry.id(), machine.epoch())
    {
        return Ok(Place::Aside(Word::part(machine.epoch())));
    }
    match machine.check(now, Asker::Call) {
        Ok(()) => Ok(Place::Regular),
        Err(refusal) => match machine.pass_by() {
            Some(word) => Ok(Place::Observed(word, refusal)),
            None => Err(refusal),
        },
    }
}

type Taken = Vec<(usize, Transition)>;

fn take_all(
    entries: &[&Circuit],
    order: &[usize],
    words: &mut [Word],
    now: Instant,
) -> Result<Taken, (usize, Refusal)> {
    let mut locked: Vec<(usize, Locked<'_>)> = Vec::with_capacity(order.len());
    for &index in order {
        let known = locked.last().map(|(last, _)| entries[*last].id());
        if known == Some(entries[index].id()) {
            // The same dependency under two names takes one place.
            words[index] = Word::part(0);
            continue;
        }
        let machine = entries[index].lock();
        // Another caller may have been faster since the first look.
        ask(entries[index], &machine, now).map_err(|refusal| (index, refusal))?;
        locked.push((index, machine));
    }
    let mut transitions = Taken::new();
    for (index, machine) in &mut locked {
        words[*index] = match ask(entries[*index], machine, now) {
            Ok(Place::Aside(word) | Place::Observed(word, _)) => word,
            // Nothing can have changed under the lock, so there is no refusal here.
            Ok(Place::Regular) | Err(_) => {
                let (word, transition) = machine.admit(now);
                transitions.extend(transition.map(|transition| (*index, transition)));
                word
            }
        };
    }
    Ok(transitions)
}
