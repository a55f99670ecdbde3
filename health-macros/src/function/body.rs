//! What can be told of a body without parsing it.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use super::Function;

/// The body of a function that returns a future, when it is one `async` block and nothing else:
/// nothing in it runs before the future is polled.
pub(crate) struct Shape {
    /// `Box::pin` before the block's parentheses; empty if it stands alone.
    pub(crate) wrapper: TokenStream,
    /// `async` or `async move`
    pub(crate) keywords: TokenStream,
    pub(crate) block: Group,
    /// `.boxed()` or `.boxed_local()` after it.
    pub(crate) method: TokenStream,
}

impl Function {
    pub(crate) fn shape(&self) -> Option<Shape> {
        let tokens: Vec<TokenTree> = self.body.stream().into_iter().collect();
        async_block(&tokens).or_else(|| {
            let (TokenTree::Group(arguments), path) = tokens.split_last()? else {
                return None;
            };
            let [before @ .., TokenTree::Punct(_), TokenTree::Punct(_), pin] = path else {
                return None;
            };
            let boxed = before.last().is_some_and(|token| is_word(token, "Box"));
            let plain = before.iter().all(|token| match token {
                TokenTree::Ident(_) => true,
                TokenTree::Punct(punct) => punct.as_char() == ':',
                _ => false,
            });
            if !(boxed && plain && is_word(pin, "pin"))
                || arguments.delimiter() != Delimiter::Parenthesis
            {
                return None;
            }
            let inside: Vec<TokenTree> = arguments.stream().into_iter().collect();
            let shape = async_block(&inside).filter(|shape| shape.method.is_empty())?;
            Some(Shape {
                wrapper: path.iter().cloned().collect(),
                ..shape
            })
        })
    }

    /// Takes the `#![..]` off the start of the body.
    pub(crate) fn take_inner_attrs(&mut self) -> TokenStream {
        let tokens: Vec<TokenTree> = self.body.stream().into_iter().collect();
        let mut end = 0;
        while let [hash, bang, TokenTree::Group(group), ..] = &tokens[end..]
            && is_punct(hash, '#')
            && is_punct(bang, '!')
            && group.delimiter() == Delimiter::Bracket
        {
            end += 3;
        }
        if end > 0 {
            let mut rest = Group::new(Delimiter::Brace, tokens[end..].iter().cloned().collect());
            rest.set_span(self.body.span());
            self.body = rest;
        }
        tokens[..end].iter().cloned().collect()
    }

    /// Whether the body waits for a future by itself, as `#[tokio::main]` and `#[tokio::test]` make it.
    pub(super) fn drives_a_runtime(&self) -> bool {
        says(self.body.stream(), &|token| is_word(token, "block_on"))
    }
}

fn async_block(tokens: &[TokenTree]) -> Option<Shape> {
    let (keywords, rest) = match tokens {
        [word, moved, rest @ ..] if is_word(word, "async") && is_word(moved, "move") => {
            (&tokens[..2], rest)
        }
        [word, rest @ ..] if is_word(word, "async") => (&tokens[..1], rest),
        _ => return None,
    };
    let [TokenTree::Group(block), method @ ..] = rest else {
        return None;
    };
    let lazy = match method {
        [] => true,
        [TokenTree::Punct(dot), name, TokenTree::Group(none)] => {
            dot.as_char() == '.'
                && (is_word(name, "boxed") || is_word(name, "boxed_local"))
                && none.stream().is_empty()
        }
        _ => false,
    };
    (lazy && block.delimiter() == Delimiter::Brace).then(|| Shape {
        wrapper: TokenStream::new(),
        keywords: keywords.iter().cloned().collect(),
        block: block.clone(),
        method: method.iter().cloned().collect(),
    })
}

/// Whether the body uses the parameter `name`, as far as tokens tell.
///
/// Wrong guesses are harmless either way: a use that is missed costs a `let` more, one that is only
/// imagined costs the warning about an unused parameter.
pub(super) fn uses(body: &Group, name: &Ident) -> bool {
    first_use(body.stream(), &name.to_string()).unwrap_or(false)
}

/// Whether the first mention of `name` reads it; `None` if there is none.
fn first_use(tokens: TokenStream, name: &str) -> Option<bool> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                if let Some(found) = first_use(group.stream(), name) {
                    return Some(found);
                }
            }
            TokenTree::Ident(ident) if ident == name => {
                let is = |offset: usize, c| {
                    tokens
                        .get(at.wrapping_add(offset))
                        .is_some_and(|t| is_punct(t, c))
                };
                let before = |offset: usize, c| is(0_usize.wrapping_sub(offset), c);
                let field = before(1, '.') && !before(2, '.');
                let lifetime = before(1, '\'');
                // `name: value` in a struct, `name::item`, `module::name`.
                let other = is(1, ':') || (before(1, ':') && before(2, ':'));
                if field || lifetime || other {
                    continue;
                }
                let rebound = at.checked_sub(1).is_some_and(|previous| {
                    ["let", "mut", "ref"]
                        .iter()
                        .any(|word| is_word(&tokens[previous], word))
                        && !(is_word(&tokens[previous], "mut") && before(2, '&'))
                });
                let assigned = is(1, '=') && !is(2, '=') && !is(2, '>');
                return Some(!rebound && !assigned);
            }
            TokenTree::Literal(literal) if formats(&literal.to_string(), name) => {
                return Some(true);
            }
            _ => {}
        }
    }
    None
}

/// Whether a string literal has `name` as an inline format argument: `{name}`, `{name:?}`, `{:name$}`.
fn formats(literal: &str, name: &str) -> bool {
    let name = name.trim_start_matches("r#");
    literal.contains('"')
        && literal.match_indices(name).any(|(at, _)| {
            let before = literal[..at].chars().next_back();
            let after = literal[at + name.len()..].chars().next();
            match after {
                Some('$') => matches!(before, Some(':' | '.' | '<' | '>' | '^' | '0' | '#' | '+')),
                Some('}' | ':' | ' ') => before == Some('{'),
                _ => false,
            }
        })
}

fn says(tokens: TokenStream, what: &dyn Fn(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| {
        what(&token) || matches!(token, TokenTree::Group(group) if says(group.stream(), what))
    })
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == c)
}
