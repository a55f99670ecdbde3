//! What is told, on this thread, of a name or a level that nobody has declared.

use std::fmt;
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;
use crate::sync::Mutex;

/// Collects the messages of warnings.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn of(act: impl FnOnce()) -> Vec<String> {
        let told = Self::default();
        tracing::subscriber::with_default(told.clone(), act);
        let lines = told.0.lock();
        lines.clone()
    }
}

impl Subscriber for Told {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN && metadata.target().starts_with("health_runtime")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Message(&self.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Message<'a>(&'a Mutex<Vec<String>>);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.lock().push(format!("{value:?}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_with_a_wrong_name_is_told_of_once_where_names_are_declared() {
    let registry = declared();
    let ask =
        |name: &str| Told::of(|| assert_eq!(registry.pressure([name]).current(), Pressure::Normal));
    assert_eq!(
        ask("reids"),
        [
            "unknown dependency `reids`; it was not declared, and counts as healthy for whoever \
             asks; did you mean `redis`?"
        ]
    );
    assert_eq!(ask("reids"), [""; 0]);
    assert_eq!(ask("redis"), [""; 0], "it is known");
}

#[tokio::test(start_paused = true)]
async fn a_question_with_any_name_tells_nothing_where_none_is_declared() {
    let registry = HealthRegistry::new();
    let told = Told::of(|| {
        assert_eq!(registry.pressure(["redis"]).current(), Pressure::Normal);
    });
    assert_eq!(told, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn calls_are_not_shed_from_a_level_that_does_not_exist_and_each_is_told_once() {
    let registry = declared();
    let told = Told::of(|| {
        for level in ["slow", "slow", "stale", "slow"] {
            registry.shed_from(level, 7, &["redis"]).unwrap();
        }
    });
    let text = |level| {
        format!(
            "unknown degradation level `{level}`; add `.degradation(Levels::new()...)` to the builder; \
             nothing is shed by it"
        )
    };
    assert_eq!(told, [text("slow"), text("stale")]);
}
