//! Trying again: how long to wait, and how often all calls together may.
//!
//! - [`config`]: options, defaults, checks
//! - [`bucket`]: the budget

mod bucket;
mod config;

pub(crate) use self::bucket::Bucket;
pub use self::bucket::RetryBudgetLevel;
pub use self::config::{RetryBudget, RetryPolicy};
