//! A function as written: attributes, signature, and a body that stays raw tokens.

mod body;
mod misplaced;
mod output;
mod parameters;

#[cfg(test)]
mod tests;

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, Pat, Signature, Token, Type, Visibility};

pub(crate) use body::Shape;
pub(crate) use misplaced::not_a_function;
pub(crate) use output::{Form, Output, pinned, place_of, plain};
pub(crate) use parameters::{Parameters, Repeated, quiet};

pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// Never parsed: an editor completes in a body that is not finished, and no token of it changes.
    pub(crate) body: Group,
}

impl Function {
    pub(crate) fn parse(attribute: &str, item: TokenStream) -> syn::Result<Self> {
        let parser = |input: ParseStream| {
            let attrs = input.call(Attribute::parse_outer)?;
            let vis = input.parse()?;
            if let Some(error) = not_a_function(attribute, input) {
                return Err(error);
            }
            let sig: Signature = input.parse()?;
            if input.peek(Token![;]) {
                input.parse::<Token![;]>()?;
                return Err(misplaced::no_body(attribute, &sig));
            }
            let body = input.step(|cursor| match cursor.group(Delimiter::Brace) {
                Some((body, span, rest)) => {
                    let mut group = Group::new(Delimiter::Brace, body.token_stream());
                    group.set_span(span.join());
                    Ok((group, rest))
                }
                None => Err(cursor.error("expected the body of the function")),
            })?;
            Ok(Self {
                attrs,
                vis,
                sig,
                body,
            })
        };
        parser.parse2(item)
    }

    /// Takes the attributes named `name` off, by the last segment of their path.
    pub(crate) fn take_attrs(&mut self, name: &str) -> Vec<Attribute> {
        self.attrs.extract_if(.., |attr| is(attr, name)).collect()
    }

    /// The parameters that are plain names, with their types.
    pub(crate) fn named_parameters(&self) -> impl Iterator<Item = (&Ident, &Type)> {
        self.sig.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(typed) => match &*typed.pat {
                Pat::Ident(pat) => Some((&pat.ident, &*typed.ty)),
                _ => None,
            },
            syn::FnArg::Receiver(_) => None,
        })
    }
}

/// Whether the last segment of the attribute's path is `name`.
pub(crate) fn is(attr: &Attribute, name: &str) -> bool {
    attr.path()
        .segments
        .last()
        .is_some_and(|segment| segment.ident == name)
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}
