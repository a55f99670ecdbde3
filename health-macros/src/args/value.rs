//! Values as written, and what each kind of argument makes of them.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, Ident, Lit, LitStr, Path, Token, bracketed, token};

use super::reader::{skip_to_comma, starts_argument};
use super::units;
use crate::errors::Errors;
use crate::suggest;

pub(crate) enum Value {
    Text(LitStr),
    Literal(Lit),
    Path(Path),
    /// What stands after a key that takes any expression.
    Expression(Expr),
    List(Span, Vec<Value>),
    /// In such a list: `"dependency" = expression`.
    Keyed(Box<(Name, Expr)>),
    Other(TokenStream),
    /// Reported already; taken so that "missing" is not reported on top.
    Missing,
}

/// A dependency's name: a string, or the path of a `const` one.
pub(crate) enum Name {
    Text(LitStr),
    Const(Path),
}

/// A span of time, such as `"5s"`.
pub(crate) struct Time {
    pub(crate) text: String,
    pub(crate) millis: u64,
}

/// How many permits per span of time, such as `"50/1m"`.
pub(crate) struct Budget {
    pub(crate) text: String,
    pub(crate) permits: u32,
    pub(crate) per_millis: u64,
}

impl Value {
    /// One value; `None` if a comma, the end or the next argument is there instead.
    pub(super) fn read(input: ParseStream) -> syn::Result<Option<Self>> {
        if input.is_empty() || input.peek(Token![,]) || starts_argument(input) {
            return Ok(None);
        }
        if input.peek(token::Bracket) {
            let content;
            let bracket = bracketed!(content in input);
            let mut items = Vec::new();
            while !content.is_empty() {
                match Self::read(&content)? {
                    Some(item) => items.push(item),
                    None => items.push(Self::Other(skip_to_comma(&content)?)),
                }
                content.parse::<Option<Token![,]>>()?;
            }
            return Ok(Some(Self::List(bracket.span.join(), items)));
        }
        if input.peek(LitStr) {
            return Ok(Some(Self::Text(input.parse()?)));
        }
        if input.peek(Lit) && !input.peek(Token![-]) {
            return Ok(Some(Self::Literal(input.parse()?)));
        }
        let fork = input.fork();
        if (input.peek(Ident::peek_any) || input.peek(Token![::]))
            && Path::parse_mod_style(&fork).is_ok()
            && (fork.is_empty() || fork.peek(Token![,]) || starts_argument(&fork))
        {
            return Ok(Some(Self::Path(Path::parse_mod_style(input)?)));
        }
        Ok(Some(Self::Other(skip_to_comma(input)?)))
    }

    /// An expression, or a list of `name = expression`: then each is a `Keyed`.
    pub(super) fn read_expression(input: ParseStream) -> syn::Result<Option<Self>> {
        if input.is_empty() || input.peek(Token![,]) {
            return Ok(None);
        }
        if input.peek(token::Bracket) && names_its_keys(&input.fork()) {
            let content;
            let bracket = bracketed!(content in input);
            let mut items = Vec::new();
            while !content.is_empty() {
                let name = match content.parse::<LitStr>() {
                    Ok(text) => Name::Text(text),
                    Err(_) => Name::Const(Path::parse_mod_style(&content)?),
                };
                content.parse::<Token![=]>()?;
                items.push(Self::Keyed(Box::new((name, content.parse()?))));
                if !content.is_empty() {
                    content.parse::<Token![,]>()?;
                }
            }
            return Ok(Some(Self::List(bracket.span.join(), items)));
        }
        input.parse().map(Self::Expression).map(Some)
    }

    /// The expressions of `key`, each with the name of its dependency, if it says one.
    pub(crate) fn keys(self) -> Vec<(Option<Name>, Expr)> {
        match self {
            Self::Expression(expression) => vec![(None, expression)],
            Self::List(_, items) => items
                .into_iter()
                .filter_map(|item| match item {
                    Self::Keyed(keyed) => Some((Some(keyed.0), keyed.1)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// A whole number from 1 on. `about` says what it counts.
    pub(crate) fn count(self, key: &Ident, about: &str, errors: &mut Errors) -> Option<u32> {
        let written = match &self {
            Self::Missing => return None,
            Self::Literal(Lit::Int(number)) => number.base10_parse::<u32>().ok(),
            Self::Text(text) if text.value().parse::<u32>().is_ok() => {
                let number = text.value();
                errors.at(
                    text,
                    format!("`{key}` is a number: write `{key} = {number}`, without the quotes"),
                );
                return None;
            }
            _ => None,
        };
        match written {
            Some(0) => {
                errors.at(self, format!("`{key}` {about}: write at least 1"));
                None
            }
            Some(number) => Some(number),
            None => {
                errors.at(
                    self,
                    format!("`{key}` {about}: write a whole number, such as `{key} = 3`"),
                );
                None
            }
        }
    }

    /// A span of time, or `"none"`: `Some(None)`.
    pub(crate) fn time_or_none(self, key: &Ident, errors: &mut Errors) -> Option<Option<Time>> {
        match &self {
            Self::Text(text) if text.value() == "none" => Some(None),
            Self::Path(path) if path.is_ident("none") || path.is_ident("None") => {
                errors.at(path, format!("write it in quotes: `{key} = \"none\"`"));
                None
            }
            _ => self.time(key, errors).map(Some),
        }
    }

    /// Two spans of time, the first and the longest.
    pub(crate) fn range(self, key: &Ident, errors: &mut Errors) -> Option<(Time, Time)> {
        match self {
            Self::Text(text) => match units::range(&text.value()) {
                Ok((first, longest)) => {
                    let time = |millis| Time {
                        text: text.value(),
                        millis,
                    };
                    Some((time(first), time(longest)))
                }
                Err(wrong) => {
                    errors.at(text, format!("`{key}`: {wrong}"));
                    None
                }
            },
            Self::Missing => None,
            other => {
                errors.at(
                    other,
                    format!(
                        "`{key}` says the first wait and the longest: write `{key} = \"100ms..5s\"`"
                    ),
                );
                None
            }
        }
    }

    /// One of two words, in quotes; `what` is what they are.
    pub(crate) fn word(
        self,
        key: &Ident,
        what: &str,
        words: [&'static str; 2],
        errors: &mut Errors,
    ) -> Option<&'static str> {
        let takes = format!("`{}` or `{}`", words[0], words[1]);
        match self {
            Self::Text(text) => {
                let written = text.value();
                if let Some(word) = words.iter().find(|word| **word == written) {
                    return Some(word);
                }
                let near = suggest::nearest(&written, words.iter().copied());
                let hint =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                errors.at(
                    text,
                    format!("unknown {what} `{written}`{hint} (`{key}` takes {takes})"),
                );
                None
            }
            Self::Missing => None,
            Self::Path(path)
                if path
                    .get_ident()
                    .is_some_and(|word| words.iter().any(|known| word == known)) =>
            {
                let word = path_text(&path);
                errors.at(path, format!("write it in quotes: `{key} = \"{word}\"`"));
                None
            }
            other => {
                errors.at(other, format!("`{key}` takes {takes}, in quotes"));
                None
            }
        }
    }

    /// The path of a function, not quoted.
    pub(crate) fn function(self, key: &Ident, errors: &mut Errors) -> Option<Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Expression(_) | Self::Missing => None,
            Self::Text(text) => {
                let path = text.value();
                errors.at(
                    text,
                    format!(
                        "`{key}` is the path of a function, not a text: write `{key} = {path}`"
                    ),
                );
                None
            }
            Self::Other(tokens) => match syn::parse2::<syn::ExprPath>(tokens.clone()) {
                // With generic arguments: `from_cache::<u32>`.
                Ok(path) if path.qself.is_none() => Some(path.path),
                _ => {
                    errors.at(
                        tokens,
                        format!("`{key}` is the path of a function: write `{key} = from_cache`"),
                    );
                    None
                }
            },
            other => {
                errors.at(
                    other,
                    format!("`{key}` is the path of a function: write `{key} = from_cache`"),
                );
                None
            }
        }
    }

    pub(crate) fn is_empty_list(&self) -> bool {
        matches!(self, Self::List(_, items) if items.is_empty())
    }

    /// A list of dependency names, none blank, none twice. `None` if that was not what is written.
    pub(crate) fn names(self, key: &Ident, errors: &mut Errors) -> Option<Vec<Name>> {
        let items = match self {
            Self::List(_, items) => items,
            Self::Missing => return None,
            other => {
                let item = match &other {
                    Self::Text(text) => text.token().to_string(),
                    Self::Path(path) => path_text(path),
                    _ => "\"redis\"".to_owned(),
                };
                errors.at(
                    other,
                    format!("`{key}` takes a list of names: write `{key} = [{item}]`"),
                );
                return None;
            }
        };
        let mut names: Vec<Name> = Vec::new();
        for item in items {
            let Some(name) = item.name(errors) else {
                continue;
            };
            if names.iter().any(|earlier| earlier.text() == name.text()) {
                let text = name.text();
                errors.at(&name, format!("{text} is listed twice"));
            } else {
                names.push(name);
            }
        }
        Some(names)
    }

    /// One dependency's name.
    pub(crate) fn name(self, errors: &mut Errors) -> Option<Name> {
        match self {
            Self::Text(text) => {
                let value = text.value();
                if value.trim().is_empty() {
                    errors.at(
                        text,
                        "this name is blank: write the one that the dependency is declared with, \
                         such as `\"redis\"`",
                    );
                    return None;
                }
                if value.trim() != value {
                    let trimmed = value.trim();
                    errors.at(
                        text,
                        format!("this name has spaces around it: write `{trimmed:?}`"),
                    );
                    return None;
                }
                Some(Name::Text(text))
            }
            Self::Path(path) if path.segments[0].ident == "Self" => {
                errors.at(
                    &path.segments[0].ident,
                    "`Self` cannot be named here: the name is kept in a `static`, so write the \
                     type itself, such as `Client::REDIS`",
                );
                None
            }
            Self::Path(path) => Some(Name::Const(path)),
            Self::Missing => None,
            Self::List(..) => {
                errors.at(self, "expected one name here, such as `\"redis\"`");
                None
            }
            other => {
                errors.at(
                    other,
                    "a dependency's name is a string, or the path of a `const` one: write \
                     `\"redis\"` or `REDIS`",
                );
                None
            }
        }
    }

    pub(crate) fn time(self, key: &Ident, errors: &mut Errors) -> Option<Time> {
        match self {
            Self::Text(text) => match units::millis(&text.value()) {
                Ok(millis) => Some(Time {
                    text: text.value(),
                    millis,
                }),
                Err(wrong) => {
                    errors.at(text, format!("`{key}`: {}", wrong.message("2s")));
                    None
                }
            },
            Self::Missing => None,
            Self::Literal(Lit::Int(number)) => {
                let digits = match number.base10_digits() {
                    "0" => "2",
                    digits => digits,
                };
                errors.at(
                    &number,
                    format!("`{key}` is a span of time: write a unit: \"{digits}s\""),
                );
                None
            }
            other => {
                errors.at(
                    other,
                    format!("`{key}` is a span of time: write a number and a unit: \"2s\""),
                );
                None
            }
        }
    }

    pub(crate) fn budget(self, errors: &mut Errors) -> Option<Budget> {
        match self {
            Self::Text(text) => match units::budget(&text.value()) {
                Ok((permits, per_millis)) => Some(Budget {
                    text: text.value(),
                    permits,
                    per_millis,
                }),
                Err(wrong) => {
                    errors.at(text, format!("`budget`: {wrong}"));
                    None
                }
            },
            Self::Missing => None,
            other => {
                errors.at(
                    other,
                    "`budget` says how many calls per span of time: write `budget = \"50/1m\"`",
                );
                None
            }
        }
    }

    /// A name of the function, bare or quoted; `takes` says which, if this is none.
    pub(crate) fn ident(self, takes: &str, errors: &mut Errors) -> Option<Ident> {
        let found = match &self {
            Self::Text(text) => text.parse().ok(),
            // Not `self` and the like, which are paths of one segment, too.
            Self::Path(path) => syn::parse2(path.to_token_stream()).ok(),
            Self::Missing => return None,
            _ => None,
        };
        if found.is_none() {
            errors.at(self, takes);
        }
        found
    }

    /// A path, bare or quoted.
    pub(crate) fn path(self, key: &Ident, errors: &mut Errors) -> Option<Path> {
        match self {
            Self::Path(path) => return Some(path),
            Self::Missing => return None,
            Self::Text(text) => match text.parse_with(Path::parse_mod_style) {
                Ok(path) => return Some(path),
                Err(_) => errors.at(
                    text,
                    format!("`{key}` takes a path: write `{key} = my_facade::health_runtime`"),
                ),
            },
            other => errors.at(
                other,
                format!("`{key}` takes a path: write `{key} = my_facade::health_runtime`"),
            ),
        }
        None
    }

    /// A name in quotes.
    pub(crate) fn label(self, key: &Ident, errors: &mut Errors) -> Option<LitStr> {
        let example = match key.to_string().as_str() {
            "level" => "search degraded",
            _ => "metadata",
        };
        match self {
            Self::Text(text) if !text.value().trim().is_empty() => Some(text),
            Self::Missing => None,
            Self::Path(path) => {
                let name = path_text(&path);
                errors.at(
                    path,
                    format!("`{key}` is a name in quotes: write `{key} = {name:?}`"),
                );
                None
            }
            other => {
                errors.at(
                    other,
                    format!("`{key}` is a name in quotes: write `{key} = {example:?}`"),
                );
                None
            }
        }
    }

    /// A string that says something.
    pub(crate) fn sentence(self, key: &Ident, errors: &mut Errors) -> Option<LitStr> {
        match self {
            Self::Text(text) if !text.value().trim().is_empty() => Some(text),
            Self::Missing => None,
            other => {
                errors.at(
                    other,
                    format!("`{key}` takes a sentence in quotes that says something"),
                );
                None
            }
        }
    }
}

/// The value's own tokens, so that an error covers all of it.
impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Text(text) => text.to_tokens(tokens),
            Self::Literal(literal) => literal.to_tokens(tokens),
            Self::Path(path) => path.to_tokens(tokens),
            Self::List(span, items) => {
                token::Bracket(*span).surround(tokens, |inner| {
                    inner.extend(quote!(#(#items),*));
                });
            }
            Self::Other(other) => other.to_tokens(tokens),
            Self::Expression(expression) => expression.to_tokens(tokens),
            Self::Keyed(keyed) => keyed.1.to_tokens(tokens),
            Self::Missing => {}
        }
    }
}

impl Name {
    /// The name as it is written, without quotes.
    pub(crate) fn bare(&self) -> String {
        match self {
            Self::Text(text) => text.value(),
            Self::Const(path) => path_text(path),
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::Text(text) => format!("`{}`", text.value()),
            Self::Const(path) => format!("`{}`", path_text(path)),
        }
    }
}

impl ToTokens for Name {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Text(text) => text.to_tokens(tokens),
            Self::Const(path) => path.to_tokens(tokens),
        }
    }
}

/// Whether a bracket holds `name = ..`, and not the elements of an array.
fn names_its_keys(input: ParseStream) -> bool {
    fn look(input: ParseStream) -> syn::Result<bool> {
        let content;
        bracketed!(content in input);
        if content.peek(LitStr) {
            content.parse::<LitStr>()?;
        } else {
            Path::parse_mod_style(&content)?;
        }
        Ok(content.peek(Token![=]) && !content.peek(Token![==]))
    }
    look(input).unwrap_or(false)
}

fn path_text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
