//! `#[destructive_surface]`: whatever is named like a destruction says what stands before it.

mod check;
mod parse;
mod scan;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::errors::Errors;
pub(crate) use parse::SPEC;

/// The item is emitted as it is; all there is to say is said in errors.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let verbs = parse::parse(args, &mut errors);
    match scan::functions(item.clone()) {
        Ok(functions) => check::check(&functions, &verbs, &mut errors),
        Err(misplaced) => errors.at_span(
            misplaced.unwrap_or_else(Span::call_site),
            "`#[destructive_surface]` goes on an `impl`, a `trait` or a `mod name { .. }`",
        ),
    }
    let errors = errors.to_compile_errors();
    quote!(#item #errors)
}

#[cfg(test)]
mod tests;
