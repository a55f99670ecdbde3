//! `#[guarded]` and `#[destructive]` on one function, in either order.
//!
//! An input is the arguments of the first, a line `---`, those of the second, a line `---`, the item.

use health_macros_linked::Attribute;
use quote::quote;

use super::case::Case;
use super::expansion::{check, errors};
use crate::parts;

/// The gate is asked first, whatever stands above what: both orders expand to the same.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (guarded, rest) = parts(text);
    let (Some(guarded), Some(rest)) = (
        Case::read(guarded.as_bytes()),
        Case::read(rest.unwrap_or_default().as_bytes()),
    ) else {
        return;
    };
    let (guarded, destructive, item) = (guarded.args, rest.args, rest.item);
    if super::expansion::function(item.clone()).is_none_or(|function| !function.attrs.is_empty()) {
        return;
    }
    // What one of them hands to the other is not for people to write.
    if text.contains("__destructive") || text.contains("__guarded") {
        return;
    }
    // As the compiler does it: the upper one first, the lower one on what that leaves.
    let in_order = |upper: Attribute, args, lower: Attribute, below: proc_macro2::TokenStream| {
        let name = syn::Ident::new(lower.name(), proc_macro2::Span::call_site());
        let item = quote!(#[#name(#below)] #item);
        let handed = check(upper, &Case { args, item });
        let function = super::expansion::function(handed.clone())
            .unwrap_or_else(|| panic!("the upper one keeps the function:\n{handed}"));
        let [attr] = &*function.attrs else {
            panic!("the upper one keeps the lower one");
        };
        let args = match &attr.meta {
            syn::Meta::List(list) => list.tokens.clone(),
            _ => panic!("the upper one hands its arguments over"),
        };
        let item = quote::ToTokens::to_token_stream(&syn::ItemFn {
            attrs: Vec::new(),
            ..function
        });
        check(lower, &Case { args, item })
    };
    let (g, d) = (Attribute::Guarded, Attribute::Destructive);
    let one = in_order(g, guarded.clone(), d, destructive.clone());
    let other = in_order(d, destructive, g, guarded);
    // Messages name the attribute that is expanded.
    assert_eq!(
        errors(&one).is_empty(),
        errors(&other).is_empty(),
        "{one}\n\n{other}"
    );
    if errors(&one).is_empty() {
        assert_eq!(one.to_string(), other.to_string());
        let text = one.to_string();
        let at = |what| {
            text.find(what)
                .unwrap_or_else(|| panic!("`{what}` is not in there:\n{text}"))
        };
        assert!(
            at(":: ask (& __GATE") < at("let mut __call ="),
            "the gate is not the first:\n{text}"
        );
    }
}
