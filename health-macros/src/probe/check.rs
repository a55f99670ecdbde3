use syn::{FnArg, ReturnType, Safety};

use crate::errors::Errors;
use crate::function::{Function, plain};

/// The runtime calls the function by itself, with nothing in hand.
pub(crate) fn check(function: &Function, errors: &mut Errors) {
    let sig = &function.sig;
    if sig.asyncness.is_none() {
        errors.at(
            sig.fn_token,
            format!(
                "`#[probe]` needs an `async fn`: write `async fn {}`",
                sig.ident
            ),
        );
    }
    if let Some(FnArg::Receiver(receiver)) = sig.inputs.first() {
        errors.at(
            receiver,
            "`#[probe]` goes on a free function: there is no value to call a method on",
        );
    } else if !sig.inputs.is_empty() {
        errors.at(
            &sig.inputs,
            "a probe is called with no arguments: take what it needs from a `static`, or from the \
             environment",
        );
    }
    if !sig.generics.params.is_empty() {
        errors.at(
            &sig.generics,
            "the runtime calls the probe, so it cannot be generic",
        );
    }
    if let Safety::Unsafe(unsafety) = &sig.safety {
        errors.at(
            unsafety,
            "the runtime calls the probe, so it cannot be `unsafe`",
        );
    }
    let says = "a probe says whether the dependency answered: return `Result<(), E>`, or \
                `Result<Identity, E>` if the dependency can say which instance it is";
    match &sig.output {
        ReturnType::Default => errors.at(&sig.ident, says),
        ReturnType::Type(_, ty) => {
            if let Some(plain) = plain(ty) {
                errors.at(ty, format!("{says}; this is {plain}"));
            }
        }
    }
}
