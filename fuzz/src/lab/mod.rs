//! What the demo reads: the protocols of its servers, and its command line.
//!
//! The files are those of the demo, which has no library to link.

pub mod api;
pub mod arguments;
pub mod resp;
