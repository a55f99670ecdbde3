//! Which faults a round has, and when. The seed and the number of the round decide all of it, so that
//! a round can be run again by itself.

use std::time::Duration;

use health_lab::Dice;

use crate::fault::{Fault, Place};

/// How much later than the first another fault may begin.
const LATEST: Duration = Duration::from_millis(150);

const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(300);

/// One fault of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    pub fault: Fault,
    /// When it begins.
    pub after: Duration,
    pub lasts: Duration,
}

/// So many draws find every kind there is.
const DRAWS: usize = 2_000;

/// The faults of a round: one in half of them, else several that overlap. With `only`, those of these
/// kinds; a round may then have fewer, or none.
pub fn of(seed: u64, round: u64, only: &[String]) -> Vec<Act> {
    // Neighbouring rounds have nothing in common.
    let mut dice = Dice::new(Dice::new(seed).draw() ^ Dice::new(round).draw());
    let count = match dice.below(20) {
        0..10 => 1,
        10..16 => 2,
        16..19 => 3,
        _ => 4,
    };
    let mut places = Place::ALL.to_vec();
    let mut acts = Vec::new();
    for index in 0..count {
        let place = places.swap_remove(dice.below(places.len()));
        let after = match index {
            0 => Duration::ZERO,
            _ => LATEST.mul_f64(dice.share()),
        };
        let lasts = some_time(&mut dice);
        acts.extend(some_fault(place, &mut dice, only).map(|fault| Act {
            fault,
            after,
            lasts,
        }));
    }
    acts
}

/// Whether there is any kind of fault to which `only` is no obstacle.
pub fn can_be(only: &[String]) -> bool {
    let mut dice = Dice::new(0);
    Place::ALL
        .into_iter()
        .any(|place| some_fault(place, &mut dice, only).is_some())
}

fn some_fault(place: Place, dice: &mut Dice, only: &[String]) -> Option<Fault> {
    let is_wanted = |fault: &Fault| {
        let kind = fault.kind();
        only.is_empty() || only.iter().any(|part| kind.contains(part))
    };
    (0..DRAWS)
        .map(|_| place.fault(dice))
        .find(|fault| is_wanted(fault))
}

/// Short times as often as long ones, by their order of magnitude: it is the blips that are
/// mistaken for something else.
fn some_time(dice: &mut Dice) -> Duration {
    let ratio = LONGEST.as_secs_f64() / SHORTEST.as_secs_f64();
    SHORTEST.mul_f64(ratio.powf(dice.share()))
}
