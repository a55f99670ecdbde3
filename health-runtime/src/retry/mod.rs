//! Trying again: how long to wait, and how often all calls together may.
//!
//! - [`config`]: options, defaults, checks

mod config;

pub use self::config::{RetryBudget, RetryPolicy};
