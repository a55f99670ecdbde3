//! Finds the functions of an `impl`, a `trait` or a `mod` by their tokens.
//!
//! Bodies are not parsed, so that one unfinished body does not hide the other functions. Modules,
//! `impl`s and traits inside a module are entered; what macros make of their input is not seen.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};

pub(crate) struct Found {
    pub(crate) name: Ident,
    /// The last path segments of its attributes.
    pub(crate) attrs: Vec<String>,
    pub(crate) parameters: TokenStream,
    pub(crate) has_body: bool,
    pub(crate) is_async: bool,
    /// `Drop::drop`: the compiler calls it, and only it has that name and that signature.
    pub(crate) drop_glue: bool,
}

/// What stands before the body or the `;` of an item.
#[derive(Default)]
struct Head {
    attrs: Vec<String>,
    first: Option<Span>,
    kind: Option<&'static str>,
    is_async: bool,
    name: Option<Ident>,
    parameters: Option<TokenStream>,
    of_drop: bool,
}

/// The functions of the item; `Err` with the place of its keyword if it is no surface.
pub(crate) fn functions(item: TokenStream) -> Result<Vec<Found>, Option<Span>> {
    let mut found = Vec::new();
    let mut surface = Err(None);
    items(item, false, &mut |head, body| {
        if surface.is_err() {
            surface = match (head.kind, &body) {
                (Some("impl" | "trait" | "mod"), Some(_)) => Ok(()),
                _ => Err(head.first),
            };
        }
        found.extend(head.functions(body));
    });
    surface.map(|()| found)
}

/// Calls `each` with the head and the body of every item.
fn items(tokens: TokenStream, of_drop: bool, each: &mut dyn FnMut(Head, Option<TokenStream>)) {
    let start = || Head {
        of_drop,
        ..Head::default()
    };
    let mut head = start();
    // Braces between `<` and `>` are const arguments, no bodies.
    let mut angles = 0_usize;
    let mut last: Option<TokenTree> = None;
    for token in flat(tokens) {
        let after = |word: &str| matches!(&last, Some(TokenTree::Ident(ident)) if ident == word);
        let arrow =
            matches!(&last, Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '-' | '='));
        match &token {
            TokenTree::Group(group) => match group.delimiter() {
                Delimiter::Bracket if matches!(&last, Some(TokenTree::Punct(p)) if p.as_char() == '#') =>
                {
                    head.attrs.extend(attribute_name(group.stream()));
                }
                Delimiter::Parenthesis if angles == 0 && head.name.is_some() => {
                    head.parameters.get_or_insert_with(|| group.stream());
                }
                Delimiter::Brace if angles == 0 => {
                    each(std::mem::replace(&mut head, start()), Some(group.stream()));
                }
                _ => {}
            },
            TokenTree::Punct(punct) => match punct.as_char() {
                ';' => {
                    angles = 0;
                    each(std::mem::replace(&mut head, start()), None);
                }
                '<' => angles += 1,
                '>' if !arrow => angles = angles.saturating_sub(1),
                _ => {}
            },
            TokenTree::Ident(ident) => {
                let word = ident.to_string();
                if !matches!(
                    word.as_str(),
                    "pub" | "unsafe" | "const" | "async" | "extern" | "default" | "crate"
                ) {
                    head.first.get_or_insert_with(|| ident.span());
                }
                head.is_async |= word == "async";
                if after("fn") && head.kind == Some("fn") {
                    head.name.get_or_insert_with(|| ident.clone());
                }
                if head.kind.is_none() {
                    head.kind = [
                        "fn",
                        "impl",
                        "trait",
                        "mod",
                        "struct",
                        "enum",
                        "union",
                        "static",
                        "type",
                        "use",
                        "macro_rules",
                    ]
                    .into_iter()
                    .find(|kind| *kind == word);
                }
                if word == "for" && head.kind == Some("impl") && angles == 0 {
                    // Once: `for` also stands in bounds, `where for<'a> ..`.
                    head.of_drop |= after("Drop");
                }
            }
            TokenTree::Literal(_) => {}
        }
        last = Some(token);
    }
}

/// Without the invisible groups around what `macro_rules!` passed on, an item or the body of one for
/// instance: to the compiler, too, it is as if they were not there.
fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let mut all = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                all.extend(flat(group.stream()));
            }
            token => all.push(token),
        }
    }
    all
}

impl Head {
    fn functions(self, body: Option<TokenStream>) -> Vec<Found> {
        match (self.kind, self.name, body) {
            (Some("fn"), Some(name), body) => vec![Found {
                drop_glue: self.of_drop && name == "drop",
                name,
                attrs: self.attrs,
                parameters: self.parameters.unwrap_or_default(),
                has_body: body.is_some(),
                is_async: self.is_async,
            }],
            (Some(kind @ ("impl" | "trait" | "mod")), _, Some(body)) => {
                let mut found = Vec::new();
                let of_drop = kind == "impl" && self.of_drop;
                items(body, of_drop, &mut |head, body| {
                    found.extend(head.functions(body))
                });
                found
            }
            _ => Vec::new(),
        }
    }
}

/// `c` of `#[a::b::c(..)]`.
fn attribute_name(tokens: TokenStream) -> Option<String> {
    let mut name = None;
    for token in flat(tokens) {
        match token {
            TokenTree::Ident(ident) => name = Some(ident.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            _ => break,
        }
    }
    name
}
