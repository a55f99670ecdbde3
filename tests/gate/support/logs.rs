//! What was logged on this thread.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Metadata, Subscriber};

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) level: Level,
    pub(crate) target: &'static str,
    pub(crate) message: String,
    /// The fields beside the message, as `name=value` each.
    pub(crate) fields: String,
}

/// Collects until it is dropped. The tests run on one thread each, tasks included.
pub(crate) struct Logs {
    lines: Arc<Mutex<Vec<Line>>>,
    _collecting: DefaultGuard,
}

impl Logs {
    pub(crate) fn collect() -> Self {
        let lines = Arc::default();
        let collector = Collector(Arc::clone(&lines));
        Self {
            lines,
            _collecting: tracing::subscriber::set_default(collector),
        }
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap().clone()
    }

    pub(crate) fn at(&self, level: Level, target: &str) -> Vec<String> {
        let lines = self.lines().into_iter();
        lines
            .filter(|line| line.level == level && line.target == target)
            .map(|line| line.message)
            .collect()
    }

    /// The warnings of the gate that are about an operation, and not about the start.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let lines = self.warning_lines().into_iter();
        lines.map(|line| line.message).collect()
    }

    pub(crate) fn warning_lines(&self) -> Vec<Line> {
        let mut lines = self.lines();
        lines.retain(|line| {
            line.level == Level::WARN
                && line.target == "health_runtime::gate"
                && line.fields.contains("operation=")
        });
        lines
    }
}

struct Collector(Arc<Mutex<Vec<Line>>>);

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("health_runtime")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line {
            level: *event.metadata().level(),
            target: event.metadata().target(),
            message: String::new(),
            fields: String::new(),
        };
        event.record(&mut Writer(&mut line));
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Writer<'a>(&'a mut Line);

impl Visit for Writer<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0.message = format!("{value:?}");
        } else {
            let _ = write!(self.0.fields, "{}={value:?} ", field.name());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0.fields, "{}={value} ", field.name());
    }
}
