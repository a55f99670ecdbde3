//! An audit sink that remembers what it is told, and can be made to misbehave.

use std::sync::{Arc, Mutex};

use health_runtime::{AuditError, AuditFuture, AuditOutcome, AuditRecord, AuditSink, Decision};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Writes,
    Fails,
    Hangs,
}

#[derive(Clone)]
pub(crate) struct Trail(Arc<Mutex<Inner>>);

struct Inner {
    manner: Manner,
    is_durable: bool,
    records: Vec<AuditRecord>,
    outcomes: Vec<(&'static str, u64, AuditOutcome)>,
    /// What happens while a decision is being written.
    meanwhile: Option<Box<dyn Fn() + Send>>,
}

impl Trail {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Inner {
            manner: Manner::Writes,
            is_durable: true,
            records: Vec::new(),
            outcomes: Vec::new(),
            meanwhile: None,
        })))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    pub(crate) fn not_durable(self) -> Self {
        self.with(|inner| inner.is_durable = false);
        self
    }

    pub(crate) fn behaves(&self, manner: Manner) {
        self.with(|inner| inner.manner = manner);
    }

    /// Lets something happen while the next decisions are being written.
    pub(crate) fn meanwhile(&self, happens: impl Fn() + Send + 'static) {
        self.with(|inner| inner.meanwhile = Some(Box::new(happens)));
    }

    pub(crate) fn records(&self) -> Vec<AuditRecord> {
        self.with(|inner| inner.records.clone())
    }

    pub(crate) fn last(&self) -> AuditRecord {
        self.records().pop().expect("a decision")
    }

    pub(crate) fn decisions(&self) -> Vec<Decision> {
        self.records()
            .iter()
            .map(|record| record.decision)
            .collect()
    }

    pub(crate) fn outcomes(&self) -> Vec<AuditOutcome> {
        self.with(|inner| {
            inner
                .outcomes
                .iter()
                .map(|(_, _, outcome)| *outcome)
                .collect()
        })
    }

    pub(crate) fn ends(&self) -> Vec<(&'static str, u64, AuditOutcome)> {
        self.with(|inner| inner.outcomes.clone())
    }
}

impl AuditSink for Trail {
    fn decided<'a>(&'a self, record: &'a AuditRecord) -> AuditFuture<'a> {
        Box::pin(async {
            let (manner, meanwhile) = self.with(|inner| {
                inner.records.push(record.clone());
                (inner.manner, inner.meanwhile.take())
            });
            if let Some(happens) = meanwhile {
                happens();
            }
            match manner {
                Manner::Writes => Ok(()),
                Manner::Fails => Err(AuditError::new("disk full")),
                Manner::Hangs => std::future::pending().await,
            }
        })
    }

    fn ended(&self, operation: &'static str, fence: u64, outcome: AuditOutcome) {
        self.with(|inner| inner.outcomes.push((operation, fence, outcome)));
    }

    fn is_durable(&self) -> bool {
        self.with(|inner| inner.is_durable)
    }
}
