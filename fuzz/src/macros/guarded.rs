//! `#[guarded]` with any arguments on any item.

use health_macros_linked::Attribute;

use super::case::Case;
use super::expansion::check;

/// See [`macros`](super) for the form of an input.
pub fn run(input: &[u8]) {
    if let Some(case) = Case::read(input) {
        drop(check(Attribute::Guarded, &case));
    }
}
