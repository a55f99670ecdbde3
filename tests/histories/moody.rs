//! Probes that do as they are told, and write down when they were asked and how they ended.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use health_runtime::probe::{Identity, Probe, ProbeError, ProbeFuture};
use tokio::time::Instant;

/// How a dependency answers its probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Answers,
    /// Under the identity of this number.
    AnswersAs(u32),
    Fails,
    Panics,
    Hangs,
    /// Answers after so many milliseconds.
    Dawdles(u64),
}

/// How a probe ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    Answered(Option<String>),
    Failed,
    Panicked,
    /// It was dropped while it waited.
    Stopped,
}

#[derive(Debug, Clone)]
pub(crate) enum Noted {
    Asked,
    Ended(Ended),
}

/// An entry of the log.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) at: Instant,
    pub(crate) dependency: usize,
    pub(crate) what: Noted,
}

/// What all probes of a history write to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Note>>>);

impl Log {
    fn note(&self, dependency: usize, what: Noted) {
        let at = Instant::now();
        let note = Note {
            at,
            dependency,
            what,
        };
        self.0.lock().unwrap().push(note);
    }

    /// What was written since this was asked last.
    pub(crate) fn take(&self) -> Vec<Note> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[derive(Clone)]
pub(crate) struct Moody {
    dependency: usize,
    mood: Arc<Mutex<Mood>>,
    log: Log,
}

impl Moody {
    pub(crate) fn new(dependency: usize, mood: Mood, log: Log) -> Self {
        Self {
            dependency,
            mood: Arc::new(Mutex::new(mood)),
            log,
        }
    }

    pub(crate) fn is_now(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }
}

/// Notes the end of a probe that is dropped.
struct Asked<'a> {
    probe: &'a Moody,
    has_ended: bool,
}

impl Asked<'_> {
    fn end(mut self, how: Ended) {
        self.has_ended = true;
        self.probe
            .log
            .note(self.probe.dependency, Noted::Ended(how));
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.probe
                .log
                .note(self.probe.dependency, Noted::Ended(Ended::Stopped));
        }
    }
}

impl Probe for Moody {
    fn check(&self) -> ProbeFuture<'_> {
        Box::pin(async {
            self.log.note(self.dependency, Noted::Asked);
            let asked = Asked {
                probe: self,
                has_ended: false,
            };
            let mood = *self.mood.lock().unwrap();
            let identity = match mood {
                Mood::Answers => None,
                Mood::AnswersAs(number) => Some(format!("run-{number}")),
                Mood::Fails => {
                    asked.end(Ended::Failed);
                    return Err(ProbeError::new("connection refused"));
                }
                Mood::Panics => {
                    asked.end(Ended::Panicked);
                    std::panic::resume_unwind(Box::new("the probe of a test panics"))
                }
                Mood::Hangs => std::future::pending().await,
                Mood::Dawdles(millis) => {
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                    None
                }
            };
            asked.end(Ended::Answered(identity.clone()));
            Ok(identity.map(Identity::new))
        })
    }
}
