//! A cap on the calls in flight, with a bounded queue.
//!
//! - [`config`]: options, defaults, checks

mod config;

pub use self::config::BulkheadPolicy;
