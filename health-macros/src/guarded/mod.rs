//! `#[guarded]`: a function waits behind the breakers of its dependencies.

mod check;
mod expand;
mod parse;
#[cfg(test)]
mod tests;

pub(crate) use check::check;
pub(crate) use expand::{Repeating, layer, names_in_keys, repeating};
pub(crate) use parse::{SPEC, parse};
