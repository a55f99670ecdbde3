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
}

/// Taken by every attribute.
pub(crate) const CRATE: Key = Key {
    name: "crate",
    example: "crate = my_facade::health_runtime",
};

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
        value.path(&key, errors).map(Crate)
    }
}

/// Where the emitted code finds the runtime.
#[derive(Clone)]
pub(crate) struct Crate(Path);

impl ToTokens for Crate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

impl Default for Crate {
    fn default() -> Self {
        let path = quote_spanned!(Span::mixed_site()=> ::health_runtime);
        Self(syn::parse2(path).expect("`::health_runtime` is a path"))
    }
}
