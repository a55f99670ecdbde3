//! What `health-runtime` tells by itself, in short form on the timeline: its `tracing` events from
//! INFO up, and what its audit trail is given.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use health_runtime::{AuditFuture, AuditOutcome, AuditRecord, AuditSink, Decision, Veto};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::timeline::{Timeline, Voice};

/// The clean-up asks four times a second: only changes of the answer are a story.
const ROUTINE: &str = "session_cleanup";

/// Shows the events of `health-runtime`.
pub struct Story(pub Arc<Timeline>);

impl<S: Subscriber> Layer<S> for Story {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let voice = match *event.metadata().level() {
            Level::WARN | Level::ERROR => Voice::Warn,
            Level::INFO => Voice::Info,
            _ => return,
        };
        if !event.metadata().target().starts_with("health_runtime") {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        // `Trail` shows these: the log says a denial once in ten seconds, the demo at each change.
        let is_audit = event.metadata().target() == "health_runtime::audit";
        let is_shown_elsewhere = line.is_routine && (line.is_denial || is_audit);
        if !is_shown_elsewhere {
            self.0.say(voice, &line.message);
        }
    }
}

#[derive(Default)]
struct Line {
    message: String,
    is_routine: bool,
    is_denial: bool,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.is_routine |= field.name() == "operation" && value == ROUTINE;
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "reasons" => self.is_denial = true,
            _ => {}
        }
    }
}

/// Shows the decisions of the gate: each one that differs from the one before, and each bypass.
pub struct Trail {
    timeline: Arc<Timeline>,
    last: Mutex<BTreeMap<&'static str, String>>,
}

impl Trail {
    pub fn new(timeline: Arc<Timeline>) -> Self {
        Self {
            timeline,
            last: Mutex::default(),
        }
    }

    fn is_new(&self, record: &AuditRecord) -> bool {
        let vetoes = record.verdict.vetoes().iter();
        let reasons: Vec<&str> = vetoes
            .map(|veto| match veto {
                // An outage goes back and forth between degraded and unhealthy; it is one story.
                Veto::State { dependency, .. } => dependency,
                other => other.code(),
            })
            .collect();
        let answer = format!("{} {reasons:?}", record.decision.code());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last.insert(record.operation, answer.clone());
        before.as_ref() != Some(&answer)
    }
}

impl AuditSink for Trail {
    fn decided<'a>(&'a self, record: &'a AuditRecord) -> AuditFuture<'a> {
        let AuditRecord {
            operation, verdict, ..
        } = record;
        let (is_new, is_routine) = (self.is_new(record), *operation == ROUTINE);
        match record.decision {
            Decision::Denied if is_new && is_routine => self
                .timeline
                .say(Voice::Audit, &format!("{operation} {verdict}")),
            Decision::Allowed if is_new && is_routine => self
                .timeline
                .say(Voice::Audit, &format!("{operation} allowed")),
            Decision::Bypassed => {
                let who = record
                    .bypass
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string);
                self.timeline
                    .say(Voice::Audit, &format!("{operation} bypassed by {who}"));
            }
            _ => {}
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn ended(&self, _operation: &'static str, _fence: u64, _outcome: AuditOutcome) {}
}
