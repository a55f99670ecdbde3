use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::check::{Bypass, Gate};
use crate::args::{Budget, Crate};
use crate::function::{Function, pinned, quiet};
use crate::wrap::{Ask, Layer, said, site_info};

/// `fault` is [`crate::function::Output::at_fault`].
pub(crate) fn layer(gate: &Gate, function: &Function, fault: &TokenStream, krate: &Crate) -> Layer {
    let span = Span::mixed_site();
    let name = &function.sig.ident;
    let said = said(&arguments(gate), krate);
    let info = site_info("Destructive", name, &gate.deps, said, krate);
    let budget = budget(gate.budget.as_ref(), krate);
    // Under the name that the body knows, so that an error about a permit that is kept for too long
    // speaks of it, and points to where the name was given.
    let (permit, named) = match &gate.permit {
        Some(permit) => (permit.clone(), true),
        None => (Ident::new("__permit", span), false),
    };
    let quiet = gate.permit.as_ref().and_then(quiet);
    let borrow = quote_spanned!(permit.span()=> &#permit);
    let (after, lent) = if named {
        let bind = quote_spanned!(span=> #quiet let __permit_ref = #borrow;);
        (bind, quote_spanned!(span=> __permit_ref))
    } else {
        (TokenStream::new(), borrow)
    };
    Layer {
        site: quote_spanned! {span=>
            static __GATE: #krate::__private::OperationSite =
                #krate::__private::OperationSite::new(#info, #budget);
            #krate::__private::register! { destructive __GATE }
        },
        before: bypass(gate.bypass.as_ref(), krate),
        ask: Some(Ask {
            question: quote_spanned!(span=> unsafe { #krate::__private::ask(&__GATE, __bypass) }.await),
            answer: permit.to_token_stream(),
            after,
        }),
        watch: quote_spanned!(span=> #krate::__private::watch_destructive),
        lent,
        judge: None,
        finish: quote_spanned! {span=>
            #quiet
            #krate::__private::complete::<#fault>(&#permit, &__output);
        },
    }
}

/// What the inventory says of the operation; the name of the permit is nobody's business.
fn arguments(gate: &Gate) -> Vec<(&'static str, String)> {
    let budget = gate.budget.as_ref();
    let bypass = gate.bypass.as_ref();
    budget
        .map(|budget| ("budget", format!("{:?}", budget.text)))
        .into_iter()
        .chain(bypass.map(|bypass| ("bypass", bypass.parameter.to_string())))
        .collect()
}

fn budget(budget: Option<&Budget>, krate: &Crate) -> TokenStream {
    let span = Span::mixed_site();
    let Some(budget) = budget else {
        return quote_spanned!(span=> #krate::__private::None);
    };
    let (permits, millis) = (budget.permits, budget.per_millis);
    quote_spanned! {span=>
        #krate::__private::Some(#krate::__private::Budget::new(
            #permits,
            #krate::__private::Duration::from_millis(#millis),
        ))
    }
}

/// Reads the parameter. Its type is written out, since that is where an error about it belongs.
fn bypass(bypass: Option<&Bypass>, krate: &Crate) -> TokenStream {
    let span = Span::mixed_site();
    let Some(bypass) = bypass else {
        return quote_spanned!(span=> let __bypass = #krate::__private::None;);
    };
    let (name, ty) = (&bypass.parameter, pinned(&bypass.ty));
    let quiet = quiet(name);
    quote_spanned!(span=> #quiet let __bypass = #krate::__private::bypass::<#ty>(&#name);)
}
