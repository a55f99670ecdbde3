//! Text to the tokens of an attribute and its item, and back.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::parts;

/// The name that marks an invisible group.
const NONE: &str = "NONE";
/// Deeper than this, the parser of the compiler's own crates runs out of stack before ours is asked.
const MAX_DEPTH: usize = 24;
/// Longer than any function that somebody annotates; longer inputs are slow and say nothing new.
const MAX_LEN: usize = 4096;

/// The arguments of an attribute, and what it stands on.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) args: TokenStream,
    pub(super) item: TokenStream,
}

impl Case {
    /// Reads a case; `None` if the compiler would not have got as far as calling a macro.
    pub(super) fn read(input: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(input).ok()?;
        if text.len() > MAX_LEN {
            return None;
        }
        let (args, item) = parts(text);
        Some(Self {
            args: tokens(args)?,
            item: tokens(item.unwrap_or("async fn f() -> Result<(), Error> { Ok(()) }"))?,
        })
    }

    /// The text that reads as this case.
    pub(super) fn write(&self) -> String {
        let visible = |tokens: &TokenStream| visible(tokens.clone()).to_string();
        format!("{}\n---\n{}", visible(&self.args), visible(&self.item))
    }
}

fn tokens(text: &str) -> Option<TokenStream> {
    let tokens: TokenStream = text.parse().ok()?;
    (depth(tokens.clone()) <= MAX_DEPTH).then(|| invisible(tokens))
}

fn depth(tokens: TokenStream) -> usize {
    let inside = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => 1 + depth(group.stream()),
        _ => 0,
    });
    inside.max().unwrap_or(0)
}

/// `NONE(..)` to invisible groups.
fn invisible(tokens: TokenStream) -> TokenStream {
    let mut made = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let is_marked =
                    group.delimiter() == Delimiter::Parenthesis && ends_with_mark(&made);
                if is_marked {
                    made.pop();
                }
                let delimiter = if is_marked {
                    Delimiter::None
                } else {
                    group.delimiter()
                };
                made.push(Group::new(delimiter, invisible(group.stream())).into());
            }
            token => made.push(token),
        }
    }
    made.into_iter().collect()
}

/// Whether the last token is the mark, and not the name of a lifetime, whose quote would be left alone.
fn ends_with_mark(tokens: &[TokenTree]) -> bool {
    match tokens {
        [.., TokenTree::Punct(quote), TokenTree::Ident(_)] if quote.as_char() == '\'' => false,
        [.., TokenTree::Ident(word)] => word == NONE,
        _ => false,
    }
}

/// Invisible groups to `NONE(..)`.
fn visible(tokens: TokenStream) -> TokenStream {
    let mut made = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let mut delimiter = group.delimiter();
                if delimiter == Delimiter::None {
                    made.push(proc_macro2::Ident::new(NONE, group.span()).into());
                    delimiter = Delimiter::Parenthesis;
                }
                made.push(Group::new(delimiter, visible(group.stream())).into());
            }
            token => made.push(token),
        }
    }
    made.into_iter().collect()
}

/// Whether an input is tokens.
pub fn is_case(input: &[u8]) -> bool {
    Case::read(input).is_some()
}
