//! Rules across the arguments and the signature.

use syn::spanned::Spanned;
use syn::{FnArg, ReceiverKind, Type};

use super::parse::Guarded;
use crate::errors::Errors;
use crate::function::{Form, Function, Output};

impl Guarded {
    /// Whether the body may run more than once, or another function needs its arguments.
    pub(crate) fn repeats(&self) -> bool {
        self.attempts.is_some() || self.fallback.is_some()
    }

    /// Whether a call is more than its breakers and a limit on its time.
    pub(crate) fn is_layered(&self) -> bool {
        self.repeats()
            || self.shed.is_some()
            || self.level.is_some()
            || self.bulkhead.is_some()
            || !self.keys.is_empty()
            || self.role.is_some()
    }
}

pub(crate) fn check(
    guarded: &Guarded,
    function: &Function,
    output: Option<&Output>,
    errors: &mut Errors,
) {
    if let (Some((key, _)), None) = (&guarded.backoff, guarded.attempts) {
        errors.at(
            key,
            "`backoff` is the wait between attempts: say how many there are, too: `attempts = 3`",
        );
    }
    let Some((argument, at)) = guarded.repeats_at else {
        return;
    };
    if output.is_some_and(|output| output.form != Form::Async) {
        errors.at_span(
            at,
            format!(
                "`{argument}` needs an `async fn`: what this function returns is one future, which \
                 cannot be made a second time (under `#[async_trait]`, write the attribute on an \
                 `async fn` that this one calls)"
            ),
        );
        return;
    }
    for input in &function.sig.inputs {
        if let FnArg::Receiver(receiver) = input
            && is_by_value(&receiver.kind)
        {
            errors.at_span(
                receiver.span(),
                format!(
                    "`{argument}` needs `self` more than once: take it by reference, `&self`, or as \
                     `self: Arc<Self>`"
                ),
            );
        }
    }
}

/// `self`, or a `Box` of it: once moved into the body, it is gone.
fn is_by_value(kind: &ReceiverKind) -> bool {
    match kind {
        ReceiverKind::Value => true,
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Path(path) => path
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "Self" || last.ident == "Box"),
            _ => false,
        },
        // By reference.
        _ => false,
    }
}
