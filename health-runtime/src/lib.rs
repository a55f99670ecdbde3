#![doc = include_str!("../README.md")]
#![doc(test(attr(deny(warnings), allow(dead_code))))]

// The docs of this crate and its tests use the attributes, which name it by its outer name.
extern crate self as health_runtime;

mod annotate;
mod backoff;
mod breaker;
mod bulkhead;
mod call;
mod circuit;
mod classify;
pub mod clock;
#[cfg(feature = "config")]
pub mod config;
#[cfg(not(feature = "config"))]
#[path = "config_off.rs"]
mod config;
mod degradation;
mod dependency;
mod error;
mod fallback;
#[cfg(feature = "testing")]
mod fault;
#[cfg(not(feature = "testing"))]
#[path = "fault_off.rs"]
mod fault;
mod gate;
mod init;
pub mod inventory;
mod keyed;
mod monitor;
mod name;
mod outcome;
mod policy;
mod pressure;
pub mod probe;
mod registry;
mod retry;
#[cfg(all(test, health_loom))]
mod schedules;
mod span;
mod state;
#[cfg(not(all(test, health_loom)))]
mod sync;
#[cfg(all(test, health_loom))]
#[path = "sync_loom.rs"]
mod sync;
#[cfg(feature = "testing")]
mod tally;
#[cfg(not(feature = "testing"))]
#[path = "tally_off.rs"]
mod tally;
#[cfg(feature = "testing")]
pub mod testing;
mod timer;

pub use crate::backoff::{Backoff, Jitter};
pub use crate::breaker::{BreakerMode, BreakerPolicy, FailureRate, Override, SlowCallRate, Window};
pub use crate::bulkhead::{BulkheadPolicy, BulkheadState};
pub use crate::classify::{Classify, HttpStatuses, classify_error, retry_after};
pub use crate::degradation::{DegradationLevel, LevelRef, Levels, Rule, UnknownLevel};
pub use crate::dependency::{Dependency, DependencyHealth, Evidence, LastError, SystemHealth};
pub use crate::error::{DependencyUnhealthy, Reason};
pub use crate::fallback::FallbackCounts;
pub use crate::gate::{
    AuditError, AuditFuture, AuditOutcome, AuditRecord, AuditSink, Budget, Bypass, BypassRule,
    Checkpoint, Decision, DenyAt, DestructivePermit, EvidenceSeen, GateMode, GatePolicy,
    OperationCounts, OperationPolicy, Preflight, Verdict, Veto,
};
pub use crate::init::{Builder, HealthGuard, InitError, builder, init};
pub use crate::keyed::{CallKey, Host, KeyHealth, KeysSummary, host};
pub use crate::outcome::{FailureKind, Outcome};
pub use crate::policy::{CallOverrides, FieldChange, Policy, PolicyChange, PolicyPatch, Profile};
pub use crate::pressure::{HealthInterval, Pressure, PressureHandle, interval, wait_until_healthy};
pub use crate::registry::{
    HealthRegistry, InCurrentRegistry, InvalidDependencies, RegistryBuilder, Scope,
    UnknownDependency, UpdateError, degradation,
};
pub use crate::retry::{RetryBudget, RetryBudgetLevel, RetryPolicy};
pub use health_macros::{destructive, destructive_surface, guarded, harmless, probe, test};

pub use crate::state::{BreakerState, Criticality, DependencyState};

/// What the attributes expand to. Not public API.
#[doc(hidden)]
pub mod __private {
    pub use crate::annotate::*;
    pub use crate::keyed::Direct;
}
