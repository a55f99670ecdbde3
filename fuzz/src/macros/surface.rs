//! `#[destructive_surface]` with any arguments on any item.
//!
//! The attribute looks for functions by their tokens, so that a body that is not finished hides none.
//! Where the item parses, what it finds is compared with what the parser finds.

use health_macros_linked::Attribute;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{ImplItem, Item, Signature, TraitItem};

use super::case::Case;
use super::expansion::{check, errors};

const VERBS: [&str; 7] = [
    "delete",
    "terminate",
    "close",
    "purge",
    "drop",
    "end",
    "cleanup",
];

/// See [`macros`](super) for the form of an input.
pub fn run(input: &[u8]) {
    let Some(case) = Case::read(input) else {
        return;
    };
    let expanded = check(Attribute::Surface, &case);
    // The verbs are those of the attribute itself.
    let Ok(item) = syn::parse2::<Item>(case.item.clone()) else {
        return;
    };
    if !case.args.is_empty() || says(case.item.clone(), "compile_error") {
        return;
    }
    let mut expected = Vec::new();
    let is_surface = match &item {
        Item::Mod(module) => module.content.is_some(),
        Item::Impl(_) | Item::Trait(_) => true,
        _ => false,
    };
    if is_surface {
        unprotected(&item, &mut expected);
    }
    let found: Vec<String> = errors(&expanded)
        .iter()
        .filter(|error| error.contains("sounds destructive"))
        .filter_map(|error| error.split('`').nth(1).map(str::to_owned))
        .collect();
    assert_eq!(found, expected, "{}", case.item);
    assert_eq!(
        errors(&expanded).len(),
        found.len() + usize::from(!is_surface)
    );
}

/// The destructive functions that nothing stands before, by the book.
fn unprotected(item: &Item, found: &mut Vec<String>) {
    let mut function = |sig: &Signature, attrs: &[syn::Attribute], is_drop: bool| {
        let name = sig.ident.unraw().to_string();
        let is_verb = |verb: &str| {
            name.strip_prefix(verb)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        let is_marked = attrs.iter().any(|attr| {
            let last = attr.path().segments.last();
            last.is_some_and(|last| last.ident == "destructive" || last.ident == "harmless")
        });
        let is_proven = says(sig.inputs.to_token_stream(), "DestructivePermit");
        let is_exempt = is_marked || is_proven || (is_drop && sig.ident == "drop");
        if VERBS.iter().any(|verb| is_verb(verb)) && !is_exempt {
            found.push(name.clone());
        }
    };
    match item {
        Item::Fn(item) => function(&item.sig, &item.attrs, false),
        Item::Impl(item) => {
            let last = item.trait_.as_ref().and_then(|of| of.0.segments.last());
            let is_drop = last.is_some_and(|last| last.ident == "Drop");
            for inner in &item.items {
                if let ImplItem::Fn(inner) = inner {
                    function(&inner.sig, &inner.attrs, is_drop);
                }
            }
        }
        Item::Trait(item) => {
            for inner in &item.items {
                if let TraitItem::Fn(inner) = inner {
                    function(&inner.sig, &inner.attrs, false);
                }
            }
        }
        Item::Mod(item) => {
            for inner in item.content.iter().flat_map(|(_, items)| items) {
                unprotected(inner, found);
            }
        }
        _ => {}
    }
}

fn says(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => says(group.stream(), word),
        _ => false,
    })
}
