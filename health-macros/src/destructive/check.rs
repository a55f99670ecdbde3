//! The names in the arguments against the signature, and the body against the gate.

use proc_macro2::TokenTree;
use syn::{Ident, Type};

use super::parse::Destructive;
use crate::args::{Budget, Crate, Name};
use crate::errors::Errors;
use crate::function::{Form, Function, Output};
use crate::suggest;

/// The arguments, with the names looked up.
pub(crate) struct Gate {
    pub(crate) deps: Vec<Name>,
    pub(crate) budget: Option<Budget>,
    pub(crate) permit: Option<Ident>,
    pub(crate) bypass: Option<Bypass>,
    pub(crate) krate: Option<Crate>,
}

/// The parameter that may skip the gate.
pub(crate) struct Bypass {
    pub(crate) parameter: Ident,
    pub(crate) ty: Type,
}

pub(crate) fn check(
    args: Destructive,
    function: &Function,
    output: Option<&Output>,
    errors: &mut Errors,
) -> Gate {
    let bypass = args
        .bypass
        .and_then(|name| parameter(&name, function, errors));
    if let Some(permit) = &args.permit
        && let Some((parameter, _)) = function
            .named_parameters()
            .find(|(parameter, _)| *parameter == permit)
    {
        errors.at(
            permit,
            format!(
                "`{parameter}` is a parameter already: give the permit another name, such as \
                 `permit = \"gate_permit\"`"
            ),
        );
    }
    if let Some(Output {
        form: Form::Future | Form::Boxed,
        ..
    }) = output
        && function.shape().is_none()
    {
        let first = function.body.stream().into_iter().next();
        let at = first.unwrap_or_else(|| TokenTree::Group(function.body.clone()));
        errors.at(
            at,
            "this would run before the gate is asked: write the function as an `async fn`, or let \
             its body be one `async move { .. }` block (in `Box::pin(..)` if it returns a box)",
        );
    }
    Gate {
        deps: args.deps,
        budget: args.budget,
        permit: args.permit,
        bypass,
        krate: args.krate,
    }
}

/// Looks the name up; the parameter's own identifier is what the emitted code uses.
fn parameter(name: &Ident, function: &Function, errors: &mut Errors) -> Option<Bypass> {
    let found = function
        .named_parameters()
        .find(|(parameter, _)| *parameter == name);
    if let Some((parameter, ty)) = found {
        return Some(Bypass {
            parameter: parameter.clone(),
            ty: ty.clone(),
        });
    }
    let there: Vec<String> = function
        .named_parameters()
        .map(|(parameter, _)| parameter.to_string())
        .collect();
    let there: Vec<&str> = there.iter().map(String::as_str).collect();
    let hint = suggest::did_you_mean(&name.to_string(), there.iter().copied());
    let function = &function.sig.ident;
    errors.at(
        name,
        if there.is_empty() {
            format!(
                "`{function}` has no parameter `{name}`: add one, such as `{name}: Option<Bypass>`"
            )
        } else {
            let there = suggest::list(there);
            format!("`{function}` has no parameter `{name}`{hint} (it has {there})")
        },
    );
    None
}
