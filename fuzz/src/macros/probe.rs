//! `#[probe]` with any arguments on any item.

use health_macros_linked::Attribute;
use quote::ToTokens;

use super::case::Case;
use super::expansion::{check, function};

/// See [`macros`](super) for the form of an input.
pub fn run(input: &[u8]) {
    let Some(case) = Case::read(input) else {
        return;
    };
    let expanded = check(Attribute::Probe, &case);
    // The function itself is never changed: the site stands after it.
    if let Some(written) = function(case.item.clone()) {
        let file: syn::File = syn::parse2(expanded).expect("it has been parsed");
        let emitted = file.items[0].to_token_stream().to_string();
        assert_eq!(emitted, written.to_token_stream().to_string());
    }
}
