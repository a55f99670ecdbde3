//! How the errors of guarded functions count, without and with a word of the user.
#![allow(clippy::unwrap_used, reason = "where a test cannot go on, it fails")]

mod boxes;
mod by_name;
mod counted;
mod enums;
mod generic;
mod refusals;
mod statuses;
