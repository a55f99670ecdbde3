//! What the demo reads: the protocols of its servers.
//!
//! The files are those of the demo, which has no library to link.

pub mod api;
pub mod resp;
