//! An attribute on the wrong item: says what it is on, and where it belongs.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Signature};

use super::Function;

/// The error if what follows (attributes and visibility are read already) is no function.
pub(crate) fn not_a_function(attribute: &str, input: ParseStream) -> Option<syn::Error> {
    let fork = input.fork();
    let mut keyword: Option<Ident> = None;
    while let Ok(word) = fork.call(Ident::parse_any) {
        match word.to_string().as_str() {
            "fn" => return None,
            "async" | "unsafe" | "safe" => {}
            "extern" => drop(fork.parse::<Option<LitStr>>()),
            "const" => keyword = Some(word),
            // The name of a `const`; else the keyword of the item.
            _ => {
                keyword.get_or_insert(word);
                break;
            }
        }
    }
    let belongs = belongs(attribute);
    let Some(keyword) = keyword else {
        return Some(input.error(format!("`#[{attribute}]` goes on {belongs}")));
    };
    let message = match keyword.to_string().as_str() {
        "impl" => format!(
            "`#[{attribute}]` goes on {belongs}: write it on each method of this `impl` that needs it"
        ),
        "trait" => format!(
            "`#[{attribute}]` goes on {belongs}: write it on the methods of each `impl` of this trait"
        ),
        "mod" => format!(
            "`#[{attribute}]` goes on {belongs}: write it on each function of this module that needs it"
        ),
        "enum" => format!("`#[{attribute}]` goes on {belongs}, not on an `enum`"),
        word @ ("struct" | "union" | "type" | "use" | "static" | "const" | "let") => {
            format!("`#[{attribute}]` goes on {belongs}, not on a `{word}`")
        }
        _ => format!("`#[{attribute}]` goes on {belongs}"),
    };
    Some(syn::Error::new(keyword.span(), message))
}

/// A trait's method that ends in `;`.
pub(super) fn no_body(attribute: &str, sig: &Signature) -> syn::Error {
    syn::Error::new(
        sig.ident.span(),
        format!(
            "`#[{attribute}]` needs a body to stand in front of: write it on `{}` in each `impl`, \
             or on a default body here",
            sig.ident
        ),
    )
}

/// The error for a function that is not async and returns no future.
pub(super) fn not_async(attribute: &str, function: &Function) -> syn::Error {
    let sig = &function.sig;
    if let Some(constness) = &sig.constness {
        return syn::Error::new_spanned(
            constness,
            format!(
                "`#[{attribute}]` needs an `async fn`, and a `const fn` cannot wait for anything"
            ),
        );
    }
    let name = &sig.ident;
    let message = if !function.drives_a_runtime() {
        format!(
            "`#[{attribute}]` needs an async function: write `async fn {name}`, or return \
             `impl Future<Output = Result<..>>`, `Pin<Box<dyn Future<Output = Result<..>>>>` or \
             `BoxFuture<'_, Result<..>>`"
        )
    } else if name == "main" {
        format!(
            "`#[tokio::main]` has made `main` synchronous already: write `#[{attribute}]` above it"
        )
    } else {
        format!(
            "`#[{attribute}]` needs an async function, and `{name}` drives a runtime itself; if \
             `#[tokio::test]` made it so, write `#[{attribute}]` above that"
        )
    };
    syn::Error::new(sig.fn_token.span, message)
}

fn belongs(attribute: &str) -> &'static str {
    match attribute {
        "harmless" => "a function",
        "probe" => "a free `async fn`",
        _ => "an `async fn`",
    }
}
