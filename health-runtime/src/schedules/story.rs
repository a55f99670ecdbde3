//! Hears what is told of transitions, as a subscriber of the log would.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, set_global_default};
use tracing::{Event, Metadata, Subscriber};

// Of `std`: all threads of a model run on the one of its test.
std::thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Takes the transitions that this test was told of since the last time, each as `from -> to (epoch)`.
pub(super) fn take() -> Vec<String> {
    // For the whole process: where only some threads listen, `tracing` may find out by one that does
    // not that nobody does.
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| set_global_default(Listener).expect("no other test listens"));
    TOLD.take()
}

struct Listener;

impl Subscriber for Listener {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == "health_runtime::breaker"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        if let Line {
            from: Some(from),
            to: Some(to),
            epoch: Some(epoch),
        } = line
        {
            TOLD.with_borrow_mut(|told| told.push(format!("{from} -> {to} ({epoch})")));
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Line {
    from: Option<String>,
    to: Option<String>,
    epoch: Option<u64>,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = || Some(format!("{value:?}"));
        match field.name() {
            "from" => self.from = value(),
            "to" => self.to = value(),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "epoch" {
            self.epoch = Some(value);
        }
    }
}
