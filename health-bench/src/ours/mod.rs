//! What is measured of this library.
//!
//! - [`breaker`]: the cases that the peers have, too
//! - [`layers`]: what each argument of `#[guarded]` adds, and a destructive call
//! - [`store`]: a breaker for each key
//! - [`futures`]: what the attributes add to a future
//! - [`setup`]: the dependencies, and their health

pub(crate) mod breaker;
pub(crate) mod futures;
pub(crate) mod layers;
pub(crate) mod setup;
pub(crate) mod store;
