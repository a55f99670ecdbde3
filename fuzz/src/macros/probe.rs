//! `#[probe]` with any arguments on any item.

use health_macros_linked::Attribute;

use super::case::Case;
use super::expansion::{check, function};

/// See [`macros`](super) for the form of an input.
pub fn run(input: &[u8]) {
    let Some(case) = Case::read(input) else {
        return;
    };
    let text = check(Attribute::Probe, &case).to_string();
    // The function itself is never changed: the site stands after it.
    if let Some(function) = function(case.item.clone()) {
        let function = quote::ToTokens::to_token_stream(&function).to_string();
        assert!(
            text.starts_with(&function),
            "the function was changed:\n{text}"
        );
    }
}
