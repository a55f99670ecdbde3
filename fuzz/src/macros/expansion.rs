//! What holds for every expansion.

use health_macros_linked::Attribute;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{File, Item, ItemFn};

use super::case::Case;

/// Expands a case and checks what can be told of any expansion:
///
/// - the same twice, and tokens that lex again as they were written;
/// - either an error, or what the attribute is for: nothing is left unprotected in silence;
/// - Rust where the item was Rust, with the function as it was declared;
/// - next to an error, the item as it was written.
pub(super) fn check(attribute: Attribute, case: &Case) -> TokenStream {
    let expand = || attribute.expand(case.args.clone(), case.item.clone());
    let expanded = expand();
    let text = expanded.to_string();
    assert_eq!(text, expand().to_string(), "not the same twice");
    if let Err(error) = text.parse::<TokenStream>() {
        panic!("does not lex: {error}\n{text}");
    }
    let errors = errors(&expanded);
    // The item may hold a `compile_error!` of its own.
    let is_refused = errors.len() > self::errors(&case.item).len();
    let before = case.item.to_string();
    assert!(
        is_refused || is_done(attribute, &text, &before),
        "neither an error nor `#[{}]`:\n{text}",
        attribute.name()
    );
    for message in errors {
        assert!(
            !message.trim().is_empty(),
            "an error that says nothing:\n{text}"
        );
    }
    if matches!(attribute, Attribute::Surface | Attribute::Harmless) {
        assert!(text.starts_with(&before), "the item was changed:\n{text}");
    } else if let Some(written) = function(case.item.clone()) {
        let file: File = match syn::parse2(expanded.clone()) {
            Ok(file) => file,
            Err(error) => panic!("does not parse: {error}\n{text}"),
        };
        let Some(Item::Fn(emitted)) = file.items.first() else {
            panic!("the function is gone:\n{text}");
        };
        same_function(attribute, &written, emitted, is_refused);
    } else if is_refused && syn::parse2::<File>(case.item.clone()).is_ok() {
        // On something else than a function.
        assert!(text.starts_with(&before), "the item was changed:\n{text}");
    }
    expanded
}

/// The item, if it is one function and nothing else.
pub(super) fn function(item: TokenStream) -> Option<ItemFn> {
    let file: File = syn::parse2(item).ok()?;
    match <[Item; 1]>::try_from(file.items) {
        Ok([Item::Fn(function)]) if file.attrs.is_empty() => Some(function),
        _ => None,
    }
}

fn is_done(attribute: Attribute, text: &str, before: &str) -> bool {
    let more = |what: &str| text.matches(what).count() > before.matches(what).count();
    match attribute {
        Attribute::Guarded => more("static __SITE") || more("__guarded"),
        Attribute::Destructive => {
            (more("static __GATE") && more(":: ask")) || more("__destructive")
        }
        Attribute::Probe => more("run_probe"),
        Attribute::Test => more("testing :: run"),
        Attribute::Surface | Attribute::Harmless => text == before,
    }
}

fn same_function(attribute: Attribute, written: &ItemFn, emitted: &ItemFn, is_refused: bool) {
    let text = |tokens: &dyn ToTokens| tokens.to_token_stream().to_string();
    let same = |what: &str, one: String, other: String| {
        assert_eq!(one, other, "{what} changed:\n{}", text(emitted));
    };
    same("the visibility", text(&written.vis), text(&emitted.vis));
    let (one, other) = (&written.sig, &emitted.sig);
    same("the name", text(&one.ident), text(&other.ident));
    same("the generics", text(&one.generics), text(&other.generics));
    same(
        "the bounds",
        text(&one.generics.where_clause),
        text(&other.generics.where_clause),
    );
    same("the output", text(&one.output), text(&other.output));
    same(
        "the constness",
        text(&one.constness),
        text(&other.constness),
    );
    same("the safety", text(&one.safety), text(&other.safety));
    same("the ABI", text(&one.abi), text(&other.abi));
    assert_eq!(
        one.inputs.len(),
        other.inputs.len(),
        "the parameters changed"
    );
    if attribute != Attribute::Test || is_refused {
        same(
            "the asyncness",
            text(&one.asyncness),
            text(&other.asyncness),
        );
    }
    if is_refused {
        same("the parameters", text(&one.inputs), text(&other.inputs));
        let (body, kept) = (text(&written.block), text(&emitted.block));
        // `permit = name` is bound, so that the body reads as it would.
        let inside = body.trim_matches(['{', '}', ' ']);
        assert!(kept.contains(inside), "the body changed:\n{kept}");
    }
    for attr in &written.attrs {
        let name = attr
            .path()
            .segments
            .last()
            .map(|last| last.ident.to_string());
        let is_ours = matches!(name.as_deref(), Some("guarded" | "destructive"));
        let attr = text(attr);
        let kept = emitted.attrs.iter().any(|kept| text(kept) == attr)
            // `#![allow(..)]` stays in the body.
            || text(&emitted.block).contains(&attr);
        assert!(is_ours || kept, "`{attr}` is gone:\n{}", text(emitted));
    }
}

/// The messages of the `compile_error!`s, in order.
pub(super) fn errors(tokens: &TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut messages = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if matches!(token, TokenTree::Ident(word) if word == "compile_error")
            && let Some(TokenTree::Group(group)) = tokens.get(at + 2)
            && let Ok(message) = syn::parse2::<syn::LitStr>(group.stream())
        {
            messages.push(message.value());
        }
    }
    messages
}
