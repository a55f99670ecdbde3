//! The layers of a guarded call: what each does, and in which order they come.
#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod bulkhead;
mod calls;
mod fallback;
mod faults;
mod keys;
mod order;
mod retry;
mod shed;
mod support;
mod timeout;
mod worst_moments;
