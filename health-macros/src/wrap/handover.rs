//! Both attributes on one function: the first to run hands its arguments to the other one.
//!
//! Then the other expands both at once, the gate outside. The names of both are resolved by the
//! compiler, so neither import looks unused, and an attribute of another crate that happens to have
//! the same name is never swallowed: it gets an argument that it does not know.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{MacroDelimiter, Meta, MetaList, token};

use super::{Attribute, Written};
use crate::function::{Function, is};

const GUARDED: &str = "__guarded";
const DESTRUCTIVE: &str = "__destructive";

fn key(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Guarded => GUARDED,
        Attribute::Destructive => DESTRUCTIVE,
    }
}

/// Puts `own` in front of the arguments of the attribute `other`, if the function has it.
pub(super) fn to(other: Attribute, own: &Written, function: &mut Function) -> bool {
    let Some(attr) = function
        .attrs
        .iter_mut()
        .find(|attr| is(attr, other.name()))
    else {
        return false;
    };
    let key = Ident::new(key(other.other()), own.at);
    let args = &own.args;
    let handed = quote!(#key(#args));
    match &mut attr.meta {
        Meta::List(list) => {
            let tokens = &list.tokens;
            list.tokens = quote!(#handed, #tokens);
        }
        Meta::Path(path) => {
            attr.meta = Meta::List(MetaList {
                path: path.clone(),
                delimiter: MacroDelimiter::Paren(token::Paren::default()),
                tokens: handed,
            });
        }
        // `#[destructive = ..]` is for the compiler to refuse.
        Meta::NameValue(_) => return false,
    }
    true
}

/// The attribute's own arguments, and those that the other one handed over.
pub(super) fn split(attribute: Attribute, args: TokenStream) -> (Written, Option<Written>) {
    let mut tokens = args.clone().into_iter();
    let at = Span::call_site();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(word)), Some(TokenTree::Group(group)))
            if word == key(attribute.other()) && is_arguments(&group) =>
        {
            // The comma after it.
            tokens.next();
            let handed = Written {
                args: group.stream(),
                at: word.span(),
            };
            let args = tokens.collect();
            (Written { args, at }, Some(handed))
        }
        _ => (Written { args, at }, None),
    }
}

fn is_arguments(group: &Group) -> bool {
    group.delimiter() == Delimiter::Parenthesis
}
