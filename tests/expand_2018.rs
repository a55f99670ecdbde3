//! The attributes in a crate of edition 2018.
#![allow(clippy::unwrap_used, reason = "where a test cannot go on, it fails")]

#[path = "expand/every_form.rs"]
mod every_form;
