//! What `#[guarded]` and `#[destructive]` share: a function whose body waits behind one or both.
//!
//! Each attribute turns its arguments into a [`Layer`]; this folder puts the layers around the body.

mod assemble;
mod handover;
mod layer;

#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;

use crate::args::Crate;
use crate::errors::Errors;
use crate::function::{Function, Output};
use crate::{destructive, guarded};
use assemble::Plan;
pub(crate) use assemble::nested;
pub(crate) use layer::{Ask, Layer, said, site_info};

/// The two attributes that wrap a function.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Attribute {
    Guarded,
    Destructive,
}

impl Attribute {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Guarded => "guarded",
            Self::Destructive => "destructive",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Guarded => Self::Destructive,
            Self::Destructive => Self::Guarded,
        }
    }

    fn twice(self) -> &'static str {
        match self {
            Self::Guarded => {
                "`#[guarded]` is here twice: list every dependency in one `deps = [..]`"
            }
            Self::Destructive => {
                "`#[destructive]` is here twice: write one, with the arguments of both"
            }
        }
    }
}

/// Expands `attribute`, written with `args` on `item`.
pub(crate) fn expand(attribute: Attribute, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut function = match Function::parse(attribute.name(), item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.to_compile_errors();
            return quote!(#item #errors);
        }
    };
    for again in function.take_attrs(attribute.name()) {
        errors.at(again, attribute.twice());
    }
    let (own, handed) = handover::split(attribute, args);
    if handed.is_none() && handover::to(attribute.other(), &own, &mut function) {
        let errors = errors.to_compile_errors();
        return quote!(#function #errors);
    }
    let (guard, gate) = match attribute {
        Attribute::Guarded => (Some(own), handed),
        Attribute::Destructive => (handed, Some(own)),
    };
    let guard = guard.map(|args| guarded::parse(args, &mut errors));
    let gate = gate.map(|args| destructive::parse(args, &mut errors));
    // Somebody else answers when the call is refused, so the output need not be able to say so.
    let always_answers =
        guard.as_ref().is_some_and(|guard| guard.fallback.is_some()) && gate.is_none();
    let output = Output::read(attribute.name(), &function, always_answers, &mut errors);
    if let Some(guard) = &guard {
        guarded::check(guard, &function, output.as_ref(), &mut errors);
    }
    let gate = gate.map(|gate| destructive::check(gate, &function, output.as_ref(), &mut errors));

    let krate = guard
        .as_ref()
        .and_then(|guard| guard.krate.clone())
        .or_else(|| gate.as_ref().and_then(|gate| gate.krate.clone()))
        .unwrap_or_default();
    let permit = gate.as_ref().and_then(|gate| gate.permit.clone());
    let Some(output) = output.filter(|_| errors.is_empty()) else {
        let errors = errors.to_compile_errors();
        let function = as_written(function, gate.is_some(), permit, &krate);
        return quote!(#function #errors);
    };

    let fault = output.at_fault();
    // Outermost first: whatever the order in the source, the gate is asked before anything else.
    let mut layers = Vec::new();
    layers.extend(
        gate.as_ref()
            .map(|gate| destructive::layer(gate, &function, &fault, &krate)),
    );
    let (repeated, once) = match &guard {
        Some(guard) if guard.repeats() => (Some(guard), None),
        guard => (None, guard.as_ref()),
    };
    layers.extend(once.map(|guard| guarded::layer(guard, &function, &fault, &krate)));
    let repeating = repeated.map(|guard| guarded::repeating(guard, &function, &krate));
    let bypass = gate.as_ref().and_then(|gate| gate.bypass.as_ref());
    let keys = guard
        .as_ref()
        .map(guarded::names_in_keys)
        .unwrap_or_default();
    let answers = repeating
        .as_ref()
        .is_some_and(|repeating| repeating.fallback.is_some());
    let parameters: Vec<Ident> = function
        .named_parameters()
        .map(|(name, _)| name.clone())
        .collect();
    // What a key or the fallback uses is used, whatever the body does.
    let in_layers = parameters
        .iter()
        .filter(|name| answers || keys.contains(&name.to_string()));
    let used: Vec<&Ident> = bypass
        .iter()
        .map(|bypass| &bypass.parameter)
        .chain(in_layers)
        .collect();
    Plan {
        output: &output,
        fault: &fault,
        layers: &layers,
        gated: gate.is_some(),
        permit: permit.as_ref(),
        used: &used,
        repeating: repeating.as_ref(),
        krate: &krate,
    }
    .assemble(function)
}

/// The function without the layers, so that its callers and its body stay quiet next to the errors.
fn as_written(
    mut function: Function,
    gated: bool,
    permit: Option<Ident>,
    krate: &Crate,
) -> TokenStream {
    // The gate would have used what `bypass` names.
    let quiet = gated.then(|| quote!(#[allow(unused_variables)]));
    if let Some(permit) = permit {
        let body = function.body.stream();
        let bound = quote! {
            let #permit: &#krate::DestructivePermit = #krate::__private::never();
            #body
        };
        let mut group = proc_macro2::Group::new(proc_macro2::Delimiter::Brace, bound);
        group.set_span(function.body.span());
        function.body = group;
    }
    quote!(#quiet #function)
}

/// The arguments of one attribute, and where it stands.
pub(crate) struct Written {
    pub(crate) args: TokenStream,
    pub(crate) at: Span,
}
