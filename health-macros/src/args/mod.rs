//! The one reader of `key = value` lists, for every attribute.
//!
//! It never stops at a mistake: each is reported at its own token and reading goes on, so that one
//! compilation shows them all. What a key means is for the attribute to say; how a value of a kind
//! is written (names, a span of time, a budget) is in [`value`].

mod reader;
mod units;
mod value;

#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Ident, Path};

use crate::errors::Errors;
pub(crate) use value::{Budget, Name, Time, Value};

/// What an attribute takes. To add an argument, add its key here and take it in `parse.rs`.
pub(crate) struct Spec {
    pub(crate) attribute: &'static str,
    pub(crate) keys: &'static [Key],
}

pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// How it is written, for the messages.
    pub(crate) example: &'static str,
    /// Whether any expression may follow, and not only a literal, a path or a list.
    pub(crate) takes_expression: bool,
}

impl Key {
    pub(crate) const fn new(name: &'static str, example: &'static str) -> Self {
        Self {
            name,
            example,
            takes_expression: false,
        }
    }

    pub(crate) const fn expression(name: &'static str, example: &'static str) -> Self {
        Self {
            takes_expression: true,
            ..Self::new(name, example)
        }
    }
}

/// Taken by every attribute.
pub(crate) const CRATE: Key = Key::new("crate", "crate = my_facade::health_runtime");

impl Spec {
    fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}

/// The arguments as written: each known key at most once.
pub(crate) struct Args {
    given: Vec<(Ident, Value)>,
}

impl Args {
    pub(crate) fn read(spec: &'static Spec, tokens: TokenStream, errors: &mut Errors) -> Self {
        Self {
            given: reader::read(spec, tokens, errors),
        }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<(Ident, Value)> {
        let at = self.given.iter().position(|(key, _)| key == name)?;
        Some(self.given.swap_remove(at))
    }

    /// The path of the runtime: `crate = ...`, else `::health_runtime`.
    pub(crate) fn take_crate(&mut self, errors: &mut Errors) -> Option<Crate> {
        let (key, value) = self.take("crate")?;
        value.path(&key, errors).map(|path| Crate(Some(path)))
    }
}

/// Where the emitted code finds the runtime: at the given path, or at `::health_runtime`.
#[derive(Clone, Default)]
pub(crate) struct Crate(Option<Path>);

impl Crate {
    /// The path, for code that is to look as if it stood at `span`.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        match &self.0 {
            Some(path) => path
                .to_token_stream()
                .into_iter()
                .map(|mut token| {
                    token.set_span(token.span().located_at(span));
                    token
                })
                .collect(),
            None => quote_spanned!(span=> ::health_runtime),
        }
    }
}

impl ToTokens for Crate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            Some(path) => path.to_tokens(tokens),
            None => tokens.extend(self.at(Span::mixed_site())),
        }
    }
}
