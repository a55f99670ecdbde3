//! The gate in front of real processes that are killed, frozen and come back empty.
//!
//! These run on real time. They wait for conditions, never for a while, and what they assert holds on
//! a slow machine too: how soon something is allowed again has a lower bound, and no upper one but the
//! patience of the test.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/lab.rs"]
mod lab;
#[path = "../gate/support/logs.rs"]
#[allow(dead_code, reason = "shared with the tests of the gate")]
mod logs;

mod api;
mod reaper;
mod redis;
mod service;
mod story;
