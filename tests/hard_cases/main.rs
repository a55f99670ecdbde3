//! The cases that other breakers get wrong.
//!
//! Thirteen breakers for Rust were run against them before this one was written; none passed more
//! than nine of twelve. Each case here is one test in both forms of a call: by name, and through
//! the attribute, in the global registry, where a healthy call takes the shortest path. So nothing
//! in this program may open a scope.

#![allow(clippy::unwrap_used, reason = "where a test cannot go on, it fails")]

mod at_half_open;
mod cooldown;
mod endless;
mod forms;
mod hanging;
mod panicking;
mod racing;
mod stale;
#[path = "../support/subject.rs"]
mod subject;
mod unprobed;
