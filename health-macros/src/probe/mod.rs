//! `#[probe]`: a function becomes the check of a dependency.

mod check;
mod expand;
mod parse;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::errors::Errors;
use crate::function::Function;
pub(crate) use parse::SPEC;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let function = match Function::parse("probe", item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.to_compile_errors();
            return quote!(#item #errors);
        }
    };
    let probe = parse::parse(args, Span::call_site(), &mut errors);
    check::check(&function, &mut errors);
    match probe.filter(|_| errors.is_empty()) {
        Some(probe) => expand::expand(&probe, &function),
        None => {
            let errors = errors.to_compile_errors();
            quote!(#function #errors)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{errors_in, flat};

    #[test]
    fn the_function_stays_as_it_is_and_a_site_follows() {
        let item = quote!(
            #[cfg(unix)]
            async fn ping() -> Result<(), Error> {
                Ok(())
            }
        );
        let args = quote!(dep = "redis", every = "5s", timeout = "1s");
        let expanded = flat(&expand(args, item.clone()));
        assert!(expanded.starts_with(&flat(&item)), "{expanded}");
        let rest = &expanded[flat(&item).len()..];
        assert!(
            rest.starts_with("#[cfg(unix)]const_:()={static__SITE:"),
            "{rest}"
        );
        assert!(
            rest.contains("\"ping\",") && rest.contains("&[\"redis\"],"),
            "{rest}"
        );
        assert!(rest.contains("from_millis(5000u64)"), "{rest}");
        assert!(
            rest.contains("run_probe::<Result<(),Error>,_>(ping())"),
            "{rest}"
        );
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let item = quote!(
            unsafe fn ping<T>(addr: &str) -> bool {}
        );
        assert_eq!(
            errors_in(&expand(quote!(every = 5), item)),
            [
                "which dependency does this check? Write `dep = \"redis\"`",
                "`every` is a span of time: write a unit: \"5s\"",
                "`#[probe]` needs an `async fn`: write `async fn ping`",
                "a probe is called with no arguments: take what it needs from a `static`, or from \
                 the environment",
                "the runtime calls the probe, so it cannot be generic",
                "the runtime calls the probe, so it cannot be `unsafe`",
                "a probe says whether the dependency answered: return `Result<(), E>`, or \
                 `Result<Identity, E>` if the dependency can say which instance it is; this is a \
                 `bool`",
            ]
        );
    }
}
