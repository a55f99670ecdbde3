//! The rate rules as calls meet them, and policies that change while calls run.
//!
//! The functions here use the global registry, where a healthy call takes the shortest path that
//! its breaker has, unless a test says that it opens a scope. Each has a dependency of its own.

#![allow(clippy::unwrap_used, reason = "where a test cannot go on, it fails")]

#[path = "../gate/support/logs.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod logs;
mod racing;
mod scopes;
mod slides;
mod slow;
#[path = "../support/subject.rs"]
mod subject;
mod support;
mod update;
