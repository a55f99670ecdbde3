//! The flag that saves calls a look for their scope.
//!
//! Which registry a scope has is a task-local of tokio's, which every thread has for itself; loom's
//! threads share one of the system's, so here only the flag is looked at.

use std::sync::Arc;

use super::explore::{Bound, explore};
use super::house::{House, at_once, consecutive};
use crate::registry::scope::is_any_active;
use crate::sync::Mutex;

#[test]
fn who_is_inside_a_scope_sees_one_while_another_comes_and_goes() {
    explore(Bound::Exhaustive, &["seen"], |run| {
        let house = House::new(consecutive(5));
        let other = house.clone();
        let (is_seen, ()) = run.both(
            move || at_once(other.registry.scope(async { is_any_active() })),
            || drop(house.registry.scope(async {})),
        );
        assert!(is_seen);
        assert!(!is_any_active(), "both have ended");
        run.saw("seen");
    });
}

#[test]
fn a_scope_that_is_handed_to_another_thread_is_seen_there() {
    explore(Bound::Exhaustive, &["not handed over yet", "seen"], |run| {
        let house = House::new(consecutive(5));
        let handed = Arc::new(Mutex::new(None));
        let (hands, other) = (Arc::clone(&handed), house.clone());
        let ((), seen) = run.both(
            move || {
                let scope = other.registry.scope(async { is_any_active() });
                *hands.lock() = Some(Box::pin(scope));
                drop(other.registry.scope(async {}));
            },
            || {
                let scope = handed.lock().take();
                scope.map(at_once)
            },
        );
        run.saw(match seen {
            None => "not handed over yet",
            Some(true) => "seen",
            Some(false) => panic!("the call would go to the global registry"),
        });
    });
}
