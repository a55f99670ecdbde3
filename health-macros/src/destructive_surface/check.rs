use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;

use super::scan::Found;
use crate::errors::Errors;

pub(crate) fn check(functions: &[Found], verbs: &[String], errors: &mut Errors) {
    for function in functions {
        let name = function.name.unraw().to_string();
        let Some(verb) = verbs.iter().find(|verb| starts_with(&name, verb)) else {
            continue;
        };
        let marked = function
            .attrs
            .iter()
            .any(|attr| attr == "destructive" || attr == "harmless");
        let proven = mentions(function.parameters.clone(), "DestructivePermit");
        if marked || proven || function.drop_glue {
            continue;
        }
        let permit = "let it take `permit: &DestructivePermit` from a caller that has one";
        let harmless = "say `#[harmless(reason = \"..\")]`";
        let ways = match function {
            Found {
                has_body: true,
                is_async: true,
                ..
            } => {
                format!("put `#[destructive]` on it, or {permit}, or {harmless}")
            }
            Found { has_body: true, .. } => {
                format!("make it an `async fn` with `#[destructive]`, or {permit}, or {harmless}")
            }
            // The attribute needs a body.
            _ => format!("{permit}, or {harmless} and put `#[destructive]` on it in each `impl`"),
        };
        errors.at(
            &function.name,
            format!("`{name}` sounds destructive (`{verb}`), and nothing stands before it: {ways}"),
        );
    }
}

fn starts_with(name: &str, verb: &str) -> bool {
    name.strip_prefix(verb)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}
