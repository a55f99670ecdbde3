//! Tokens to `(key, value)` pairs; every slip of the pen is caught here.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Token, token};

use super::value::Value;
use super::{Key, Spec};
use crate::errors::Errors;
use crate::suggest;

pub(super) fn read(spec: &Spec, tokens: TokenStream, errors: &mut Errors) -> Vec<(Ident, Value)> {
    let mut reader = Reader {
        spec,
        errors,
        given: Vec::new(),
    };
    let read = Parser::parse2(|input: ParseStream| reader.list(input), tokens);
    let given = reader.given;
    if let Err(error) = read {
        errors.push(error);
    }
    given
}

struct Reader<'a> {
    spec: &'a Spec,
    errors: &'a mut Errors,
    given: Vec<(Ident, Value)>,
}

impl Reader<'_> {
    fn list(&mut self, input: ParseStream) -> syn::Result<()> {
        while !input.is_empty() {
            if !input.peek(Ident::peek_any) {
                self.no_key(input)?;
            } else {
                self.argument(input)?;
            }
            if input.parse::<Option<Token![,]>>()?.is_none() && !input.is_empty() {
                self.no_comma(input)?;
            }
        }
        Ok(())
    }

    fn argument(&mut self, input: ParseStream) -> syn::Result<()> {
        let key = Ident::parse_any(input)?;
        let known = self.spec.key(&key.to_string());
        let value = if input.peek(Token![=]) && !input.peek(Token![==]) {
            input.parse::<Token![=]>()?;
            if known.is_some_and(|known| known.takes_expression) {
                Value::read_expression(input)?
            } else {
                Value::read(input)?
            }
        } else {
            self.no_equals(&key, known, input)?
        };
        let Some(known) = known else {
            self.errors.at(&key, unknown(self.spec, &key));
            // What it was meant to be is not missing on top.
            if let Some(near) = suggest::nearest(&key.to_string(), self.spec.names()) {
                self.given
                    .push((Ident::new(near, key.span()), Value::Missing));
            }
            return Ok(());
        };
        match self.given.iter().position(|(earlier, _)| *earlier == key) {
            // Reported already, for what it was meant to be or for its missing value.
            Some(at) if matches!(self.given[at].1, Value::Missing) => drop(self.given.remove(at)),
            Some(_) => {
                self.errors.at(&key, format!("`{key}` is given twice"));
                return Ok(());
            }
            None => {}
        }
        let value = match value {
            Some(value) => value,
            None => {
                let example = known.example;
                self.errors
                    .at(&key, format!("`{key}` needs a value: `{example}`"));
                Value::Missing
            }
        };
        self.given.push((key, value));
        Ok(())
    }

    /// What stands after a key where `=` should: `deps("redis")`, `deps: ["redis"]`, or nothing.
    fn no_equals(
        &mut self,
        key: &Ident,
        known: Option<&Key>,
        input: ParseStream,
    ) -> syn::Result<Option<Value>> {
        let written = if input.peek(token::Paren) {
            Some("(..)")
        } else if input.peek(Token![:]) {
            Some(": ..")
        } else if input.peek(Token![==]) {
            Some(" == ..")
        } else {
            None
        };
        let Some(written) = written else {
            // Nothing, `,` or a wrong token: the value is missing, the rest is for the caller.
            return Ok(None);
        };
        skip_to_comma(input)?;
        if let Some(known) = known {
            let example = known.example;
            self.errors.at(
                key,
                format!("write `{example}`, with `=`, instead of `{key}{written}`"),
            );
        }
        Ok(Some(Value::Missing))
    }

    /// A value without its key, such as `#[guarded("redis")]`.
    fn no_key(&mut self, input: ParseStream) -> syn::Result<()> {
        if input.peek(Token![,]) {
            let comma: Token![,] = input.fork().parse()?;
            self.errors
                .at(comma, "expected an argument before this comma");
            return Ok(());
        }
        let first = &self.spec.keys[0];
        let example = match input.fork().parse::<LitStr>() {
            Ok(name) if first.name == "deps" => format!("deps = [{}]", name.token()),
            Ok(name) if first.name == "dep" => format!("dep = {}", name.token()),
            _ => first.example.to_owned(),
        };
        let tokens = skip_to_comma(input)?;
        self.errors.at(
            tokens,
            format!("expected an argument with its name: `{example}`"),
        );
        let meant = Ident::new(first.name, Span::call_site());
        self.given.push((meant, Value::Missing));
        Ok(())
    }

    /// Something follows a value, and it is no comma.
    fn no_comma(&mut self, input: ParseStream) -> syn::Result<()> {
        if starts_argument(input) {
            let key = Ident::parse_any(&input.fork())?;
            self.errors
                .at(&key, format!("missing comma before `{key}`"));
            return Ok(());
        }
        let tokens = skip_to_comma(input)?;
        self.errors.at(
            tokens,
            "expected a comma here: the value before this is complete",
        );
        input.parse::<Option<Token![,]>>()?;
        Ok(())
    }
}

fn unknown(spec: &Spec, key: &Ident) -> String {
    let attribute = spec.attribute;
    let takes = suggest::list(spec.names());
    let written = key.to_string();
    if let Some(near) = suggest::nearest(&written, spec.names()) {
        return format!(
            "unknown argument `{written}`; did you mean `{near}`? (`#[{attribute}]` takes {takes})"
        );
    }
    match crate::takes(&written) {
        Some(other) => {
            format!("`{written}` is an argument of `#[{other}]`; `#[{attribute}]` takes {takes}")
        }
        None => format!("unknown argument `{written}`; `#[{attribute}]` takes {takes}"),
    }
}

/// Whether `key =` or `key(` is next.
pub(super) fn starts_argument(input: ParseStream) -> bool {
    input.peek(Ident::peek_any)
        && (input.peek2(Token![=]) || input.peek2(token::Paren))
        && !input.peek2(Token![==])
}

/// The tokens up to the next comma, which stays.
pub(super) fn skip_to_comma(input: ParseStream) -> syn::Result<TokenStream> {
    let mut skipped = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        let token: TokenTree = input.parse()?;
        // A value that `macro_rules!` passed in as `$value:expr` comes in an invisible group.
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                skipped.extend(group.stream());
            }
            token => skipped.extend([token]),
        }
    }
    Ok(skipped)
}
