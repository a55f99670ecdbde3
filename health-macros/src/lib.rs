//! The attributes of `health-runtime`.
#![forbid(unsafe_code)]

mod args;
mod destructive;
mod destructive_surface;
mod errors;
mod function;
mod guarded;
mod harmless;
mod probe;
mod suggest;
mod test;
#[cfg(test)]
mod testing;
mod wrap;

use proc_macro::TokenStream;

/// TODO
#[proc_macro_attribute]
pub fn guarded(args: TokenStream, item: TokenStream) -> TokenStream {
    wrap::expand(wrap::Attribute::Guarded, args.into(), item.into()).into()
}

/// TODO
#[proc_macro_attribute]
pub fn destructive(args: TokenStream, item: TokenStream) -> TokenStream {
    wrap::expand(wrap::Attribute::Destructive, args.into(), item.into()).into()
}

/// TODO
#[proc_macro_attribute]
pub fn probe(args: TokenStream, item: TokenStream) -> TokenStream {
    probe::expand(args.into(), item.into()).into()
}

/// TODO
#[proc_macro_attribute]
pub fn destructive_surface(args: TokenStream, item: TokenStream) -> TokenStream {
    destructive_surface::expand(args.into(), item.into()).into()
}

/// TODO
#[proc_macro_attribute]
pub fn harmless(args: TokenStream, item: TokenStream) -> TokenStream {
    harmless::expand(args.into(), item.into()).into()
}

/// TODO
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(args.into(), item.into()).into()
}

/// The attribute that takes an argument of this name, for a key that was written on another one.
fn takes(key: &str) -> Option<&'static str> {
    [
        &guarded::SPEC,
        &destructive::SPEC,
        &probe::SPEC,
        &destructive_surface::SPEC,
        &harmless::SPEC,
    ]
    .into_iter()
    .find(|spec| spec.keys.iter().any(|known| known.name == key))
    .map(|spec| spec.attribute)
}
