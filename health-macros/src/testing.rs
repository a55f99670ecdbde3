//! Helpers for the unit tests: what an expansion says, compactly.

use proc_macro2::{TokenStream, TokenTree};

/// The text without the spaces that `to_string` puts between tokens; words stay apart.
pub(crate) fn flat(tokens: &TokenStream) -> String {
    tokens.to_string().split_whitespace().collect()
}

/// The messages of the `compile_error!`s, in order.
pub(crate) fn errors_in(tokens: &TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut messages = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if matches!(token, TokenTree::Ident(word) if word == "compile_error")
            && let Some(TokenTree::Group(group)) = tokens.get(at + 2)
        {
            let message: syn::LitStr =
                syn::parse2(group.stream()).expect("`compile_error!` takes a string");
            messages.push(message.value());
        }
    }
    messages
}
