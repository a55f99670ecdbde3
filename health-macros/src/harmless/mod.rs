//! `#[harmless]`: exempts a function from the surface that it is part of.

mod parse;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Visibility};

use crate::errors::Errors;
use crate::function::not_a_function;
pub(crate) use parse::SPEC;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    parse::check(args, Span::call_site(), &mut errors);
    let misplaced = |input: ParseStream| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let error = not_a_function("harmless", input);
        input.parse::<TokenStream>()?;
        Ok(error)
    };
    if let Ok(Some(error)) = misplaced.parse2(item.clone()) {
        errors.push(error);
    }
    let errors = errors.to_compile_errors();
    quote!(#item #errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::errors_in;

    #[test]
    fn a_reason_is_all_it_takes() {
        let item = quote!(
            fn delete_all(&self);
        );
        let expanded = expand(quote!(reason = "a cache"), item.clone());
        assert_eq!(expanded.to_string(), item.to_string());
    }

    #[test]
    fn no_reason_is_no_exemption() {
        let item = quote!(
            fn delete_all() {}
        );
        let why = "why is it harmless? Write `#[harmless(reason = \"it only closes the door\")]`";
        assert_eq!(errors_in(&expand(quote!(), item.clone())), [why]);
        assert_eq!(
            errors_in(&expand(quote!(reason = " "), item)),
            ["`reason` takes a sentence in quotes that says something"]
        );
    }

    #[test]
    fn only_functions_are_harmless() {
        let errors = errors_in(&expand(
            quote!(reason = "x"),
            quote!(
                struct Session;
            ),
        ));
        assert_eq!(
            errors,
            ["`#[harmless]` goes on a function, not on a `struct`"]
        );
    }
}
