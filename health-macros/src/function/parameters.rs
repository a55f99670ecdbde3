//! Moves the parameters into the inner future so that they are dropped as in the plain function, and
//! so that the compiler's remarks on them are the plain function's.
//!
//! The plain function drops its parameters last to first, after the locals of its body. An inner
//! `async move` block drops what it captured in the order of capture, after its locals. So:
//!
//! - A parameter that the body uses, or whose name starts with `_`, is only mentioned, last one first.
//!   The mention captures it whole (not field by field) and in that order, and costs no storage.
//! - From the first parameter that is a pattern, or that the body does not seem to use, each one is
//!   bound again with `let` inside, in order of declaration: locals are dropped last to first, before
//!   what is captured. Then it is the `let` that warns of an unused variable or a needless `mut`.
//! - References have nothing to drop: they need neither.
//!
//! A body that may run more than once ([`Parameters::repeated`]) gets a clone of every parameter that
//! is no reference, bound with `let` as above; the originals stay outside.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Ident, Pat, PatIdent, PatType, ReceiverKind, Signature, Token, Type};

use super::{Function, body};

pub(crate) struct Parameters {
    /// The inputs of the outer signature.
    pub(crate) inputs: Punctuated<FnArg, Token![,]>,
    /// Statements at the start of the inner block.
    pub(crate) prologue: TokenStream,
    /// Whether there are `let`s: temporaries in the body's last expression must go before them.
    pub(crate) rebound: bool,
}

/// The parameters of a body that may run more than once.
pub(crate) struct Repeated {
    /// The inputs of the outer signature: plain names.
    pub(crate) inputs: Punctuated<FnArg, Token![,]>,
    /// Statements before each run: a clone of what the body takes.
    pub(crate) clones: TokenStream,
    /// Statements at the start of the body's block.
    pub(crate) prologue: TokenStream,
    /// All parameters, as arguments for another function.
    pub(crate) arguments: Vec<TokenStream>,
}

enum Fate {
    Nothing,
    Mention,
    Rebind,
}

impl Parameters {
    /// `also_used` are the names that the arguments of an attribute use.
    pub(crate) fn of(function: &Function, also_used: &[&Ident]) -> Self {
        let Signature { inputs, .. } = &function.sig;
        let fates: Vec<Fate> = inputs
            .iter()
            .map(|input| fate(input, function, also_used))
            .collect();
        let first_rebound = fates
            .iter()
            .position(|fate| matches!(fate, Fate::Rebind))
            .unwrap_or(inputs.len());

        let mut outer = inputs.clone();
        let mut mentions = Vec::new();
        let mut lets = TokenStream::new();
        for (at, (input, fate)) in outer.iter_mut().zip(fates).enumerate() {
            match input {
                _ if matches!(fate, Fate::Nothing) => {}
                FnArg::Receiver(receiver) => {
                    let name = &receiver.self_token;
                    mentions.push(quote!(&#name));
                }
                FnArg::Typed(typed) if at < first_rebound => mentions.push(mention(typed)),
                FnArg::Typed(typed) => lets.extend(rebind(typed, at)),
            }
        }
        mentions.reverse();

        let span = Span::mixed_site();
        let mention = if mentions.is_empty() {
            TokenStream::new()
        } else {
            let quiet = function
                .named_parameters()
                .find_map(|(name, _)| quiet(name));
            quote_spanned!(span=> #quiet let _ = (#(#mentions,)*);)
        };
        Self {
            inputs: outer,
            prologue: quote!(#mention #lets),
            rebound: !lets.is_empty(),
        }
    }
}

impl Parameters {
    /// `also_used` are the names that the arguments of an attribute use, `again` is the path of the
    /// runtime's function that makes one more of an argument.
    pub(crate) fn repeated(
        function: &Function,
        also_used: &[&Ident],
        again: &TokenStream,
    ) -> Repeated {
        let mut outer = function.sig.inputs.clone();
        let mut clones = TokenStream::new();
        let mut prologue = TokenStream::new();
        let mut arguments = Vec::new();
        for (at, input) in outer.iter_mut().enumerate() {
            let typed = match input {
                FnArg::Receiver(receiver) => {
                    arguments.push(receiver.self_token.to_token_stream());
                    continue;
                }
                FnArg::Typed(typed) => typed,
            };
            let cfgs: Vec<Attribute> = typed
                .attrs
                .iter()
                .filter(|attr| is_cfg(attr))
                .cloned()
                .collect();
            let is_plain = matches!(
                &*typed.pat,
                Pat::Ident(PatIdent {
                    by_ref: None,
                    subpat: None,
                    mutability: None,
                    ..
                })
            );
            if is_plain && is_shared_reference(&typed.ty) {
                let name = named(typed);
                arguments.push(quote!(#(#cfgs)* #name));
                continue;
            }
            let rebound = rebind(typed, at);
            let name = named(typed);
            let quiet = quiet(&name);
            prologue.extend(quote!(#quiet #rebound));
            if is_plain && also_used.contains(&&name) {
                prologue
                    .extend(quote_spanned!(Span::mixed_site()=> #(#cfgs)* #quiet let _ = &#name;));
            }
            // At the argument: that is where a missing `Clone` is to be fixed.
            let place = Span::mixed_site().located_at(name.span());
            let made = if is_reference(&typed.ty) && !is_shared_reference(&typed.ty) {
                // Lent to each attempt in turn.
                quote_spanned!(place=> &mut *#name)
            } else {
                quote_spanned!(place=> #again(&#name))
            };
            clones.extend(quote_spanned! {Span::mixed_site()=>
                #(#cfgs)* #quiet let #name = #made;
            });
            arguments.push(quote!(#(#cfgs)* #name));
        }
        Repeated {
            inputs: outer,
            clones,
            prologue,
            arguments,
        }
    }
}

/// The name of a parameter that is a plain one by now.
fn named(typed: &PatType) -> Ident {
    match &*typed.pat {
        Pat::Ident(pat) => pat.ident.clone(),
        _ => unreachable!("patterns have been given a name"),
    }
}

fn fate(input: &FnArg, function: &Function, also_used: &[&Ident]) -> Fate {
    let typed = match input {
        FnArg::Receiver(receiver) => {
            return match &receiver.kind {
                ReceiverKind::Reference(..) => Fate::Nothing,
                ReceiverKind::Typed(_, ty) if is_reference(ty) => Fate::Nothing,
                _ => Fate::Mention,
            };
        }
        FnArg::Typed(typed) => typed,
    };
    match &*typed.pat {
        Pat::Ident(PatIdent {
            by_ref: None,
            subpat: None,
            ident,
            ..
        }) => {
            if is_reference(&typed.ty) {
                Fate::Nothing
            } else if ident.to_string().starts_with('_')
                || also_used.contains(&ident)
                || body::uses(&function.body, ident)
            {
                Fate::Mention
            } else {
                Fate::Rebind
            }
        }
        Pat::Wild(_) if is_reference(&typed.ty) => Fate::Nothing,
        _ => Fate::Rebind,
    }
}

fn mention(typed: &PatType) -> TokenStream {
    let cfgs = typed.attrs.iter().filter(|attr| is_cfg(attr));
    match &*typed.pat {
        Pat::Ident(pat) => {
            let name = &pat.ident;
            quote!(#(#cfgs)* &#name)
        }
        _ => unreachable!("a pattern is bound again, never mentioned"),
    }
}

/// Turns the outer parameter into a plain name, and gives the `let` for the inner block.
fn rebind(typed: &mut PatType, at: usize) -> TokenStream {
    let span = Span::mixed_site();
    let cfgs: Vec<&Attribute> = typed.attrs.iter().filter(|attr| is_cfg(attr)).collect();
    let attrs: Vec<&Attribute> = typed
        .attrs
        .iter()
        .filter(|attr| is_cfg(attr) || is_lint_level(attr))
        .collect();
    let lets = match &*typed.pat {
        Pat::Ident(PatIdent {
            by_ref: None,
            subpat: None,
            mutability,
            ident,
            ..
        }) => {
            let lets = quote_spanned!(span=> #(#attrs)* let #mutability #ident = #ident;);
            *typed.pat = Pat::Ident(plain(ident.clone()));
            lets
        }
        pattern => {
            let name = format_ident!("__arg{at}", span = span.located_at(pattern.span()));
            // First the whole, as the plain function does: what the pattern leaves behind is
            // dropped in its turn.
            let mutability = borrows_mutably(pattern).then(|| quote_spanned!(span=> mut));
            let whole = quote_spanned!(span=> #(#cfgs)* let #mutability #name = #name;);
            let lets = match pattern {
                Pat::Wild(_) => whole,
                pattern => quote_spanned!(span=> #whole #(#attrs)* let #pattern = #name;),
            };
            *typed.pat = Pat::Ident(plain(name));
            lets
        }
    };
    // An expectation is met inside; out here it would stay unfulfilled.
    typed.attrs.retain(|attr| !attr.path().is_ident("expect"));
    lets
}

/// What a statement needs that names `_name` on the user's behalf: the user has not used it there.
pub(crate) fn quiet(name: &Ident) -> Option<TokenStream> {
    name.to_string().starts_with('_').then(|| {
        quote_spanned! {Span::mixed_site()=>
            #[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)]
        }
    })
}

/// Whether `ref mut` is in the pattern: a parameter lends itself so, a variable must be `mut`.
fn borrows_mutably(pattern: &Pat) -> bool {
    let words = words(pattern.to_token_stream());
    words.windows(2).any(|pair| pair == ["ref", "mut"])
}

fn words(tokens: TokenStream) -> Vec<String> {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Group(group) => words(group.stream()),
            token => vec![token.to_string()],
        })
        .collect()
}

fn plain(ident: Ident) -> PatIdent {
    PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident,
        subpat: None,
    }
}

fn is_reference(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) => true,
        Type::Group(group) => is_reference(&group.elem),
        Type::Paren(paren) => is_reference(&paren.elem),
        _ => false,
    }
}

fn is_shared_reference(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => reference.mutability.is_none(),
        Type::Group(group) => is_shared_reference(&group.elem),
        Type::Paren(paren) => is_shared_reference(&paren.elem),
        _ => false,
    }
}

fn is_cfg(attr: &Attribute) -> bool {
    attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr")
}

fn is_lint_level(attr: &Attribute) -> bool {
    ["allow", "expect", "warn", "deny", "forbid"]
        .iter()
        .any(|level| attr.path().is_ident(level))
}
