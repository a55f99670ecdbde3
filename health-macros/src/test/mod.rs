//! `#[health_runtime::test]`: an async test with a registry of its own, in paused time.

mod check;
mod expand;

use proc_macro2::TokenStream;
use quote::quote;

use crate::args::{Args, CRATE, Spec};
use crate::errors::Errors;
use crate::function::Function;

pub(crate) const SPEC: Spec = Spec {
    attribute: "health_runtime::test",
    keys: &[CRATE],
};

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let krate = Args::read(&SPEC, args, &mut errors).take_crate(&mut errors);
    let function = match Function::parse(SPEC.attribute, item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.to_compile_errors();
            return quote!(#item #errors);
        }
    };
    check::check(&function, &mut errors);
    if errors.is_empty() {
        expand::expand(function, &krate.unwrap_or_default())
    } else {
        let errors = errors.to_compile_errors();
        quote!(#function #errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{errors_in, flat};

    #[test]
    fn the_body_runs_inside_the_runtime() {
        let item = quote!(
            #[should_panic]
            async fn trips() {
                call().await;
            }
        );
        assert_eq!(
            flat(&expand(quote!(), item)),
            "#[::core::prelude::v1::test]#[should_panic]fntrips(){\
             ::health_runtime::testing::run(asyncmove{{call().await;}})}"
        );
    }

    #[test]
    fn a_return_type_is_pinned() {
        let item = quote!(
            async fn trips() -> Result<(), impl Debug> {
                Ok(())
            }
        );
        let expanded = flat(&expand(quote!(crate = hr), item));
        assert!(
            expanded.contains("returnhr::__private::never::<Result<(),_>>()"),
            "{expanded}"
        );
    }

    #[test]
    fn what_the_harness_cannot_call_is_refused() {
        let item = quote!(
            #[test]
            fn trips<T>(x: u8) {}
        );
        assert_eq!(
            errors_in(&expand(quote!(), item)),
            [
                "`#[health_runtime::test]` makes a test of it already: remove this attribute",
                "`#[health_runtime::test]` needs an `async fn`: write `async fn trips`",
                "a test takes no parameters",
                "a test cannot be generic",
            ]
        );
    }
}
