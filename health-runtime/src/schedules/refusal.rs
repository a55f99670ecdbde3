//! What is told without the lock of the rules, against what changes under it.

use super::explore::{Bound, explore};
use super::house::{COOLDOWN, House, SECOND, consecutive, operator};
use crate::error::Reason;
use crate::state::DependencyState;

#[test]
fn a_refusal_without_the_lock_never_mixes_two_states() {
    explore(
        Bound::Exhaustive,
        &["open", "forced", "the rules are asked"],
        |run| {
            let house = House::new(consecutive(1));
            house.open();
            let other = house.clone();
            let (refusal, ()) = run.both(
                move || other.redis.refusal(),
                || house.redis.force(DependencyState::Unhealthy, operator()),
            );
            run.saw(match refusal {
                None => "the rules are asked",
                Some(told) if told.reason == Reason::CircuitOpen => {
                    assert_eq!(told.retry_after, COOLDOWN);
                    "open"
                }
                Some(told) => {
                    assert_eq!(told.reason, Reason::ForcedOpen);
                    assert_eq!(told.retry_after, 60 * SECOND);
                    "forced"
                }
            });
        },
    );
}

#[test]
fn who_is_refused_without_the_lock_was_before_the_reset() {
    explore(Bound::Exhaustive, &["refused", "let in"], |run| {
        let house = House::new(consecutive(1));
        house.open();
        let other = house.clone();
        let (refused, ()) = run.both(
            move || other.redis.refusal().is_some(),
            || house.redis.reset(operator()),
        );
        assert!(house.redis.refusal().is_none(), "the reset is over");
        assert!(house.call().is_ok());
        run.saw(if refused { "refused" } else { "let in" });
    });
}
