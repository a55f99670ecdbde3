//! `#[destructive]`: a function waits for the verdict of the gate.

mod check;
mod expand;
mod parse;

pub(crate) use check::check;
pub(crate) use expand::layer;
pub(crate) use parse::{SPEC, parse};
