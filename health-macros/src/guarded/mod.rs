//! `#[guarded]`: a function waits behind the breakers of its dependencies.

mod expand;
mod parse;

pub(crate) use expand::layer;
pub(crate) use parse::{SPEC, parse};
