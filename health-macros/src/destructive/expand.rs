use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::check::Gate;
use crate::args::Crate;
use crate::function::{Function, pinned};
use crate::wrap::{Layer, site_info};

/// `fault` is [`crate::function::Output::at_fault`].
pub(crate) fn layer(gate: &Gate, function: &Function, fault: &TokenStream, krate: &Crate) -> Layer {
    let span = Span::mixed_site();
    let mut options = Vec::new();
    if let Some(budget) = &gate.budget {
        options.push(("budget", format!("{:?}", budget.text)));
    }
    if let Some(bypass) = &gate.bypass {
        options.push(("bypass", bypass.parameter.to_string()));
    }
    let info = site_info(
        "Destructive",
        &function.sig.ident,
        &gate.deps,
        &options,
        krate,
    );
    let budget = match &gate.budget {
        Some(budget) => {
            let (permits, millis) = (budget.permits, budget.per_millis);
            quote_spanned! {span=>
                #krate::__private::Some(#krate::__private::Budget::new(
                    #permits,
                    #krate::__private::Duration::from_millis(#millis),
                ))
            }
        }
        None => quote_spanned!(span=> #krate::__private::None),
    };
    let bypass = match &gate.bypass {
        Some(bypass) => {
            let (name, ty) = (&bypass.parameter, pinned(&bypass.ty));
            quote_spanned!(span=> #krate::__private::bypass::<#ty>(&#name))
        }
        None => quote_spanned!(span=> #krate::__private::None),
    };
    // Under the name that the body knows, so that an error about a permit that is kept for too long
    // speaks of it, and points to where the name was given.
    let permit = match &gate.permit {
        Some(permit) => permit.clone(),
        None => Ident::new("__permit", span),
    };
    let lent = quote_spanned!(permit.span()=> &#permit);
    let (after, lent) = match &gate.permit {
        Some(_) => (
            quote_spanned!(span=> let __permit_ref = #lent;),
            quote_spanned!(span=> __permit_ref),
        ),
        None => (TokenStream::new(), lent),
    };
    Layer {
        site: quote_spanned! {span=>
            static __GATE: #krate::__private::OperationSite =
                #krate::__private::OperationSite::new(#info, #budget);
            #krate::__private::register! { destructive __GATE }
        },
        before: quote_spanned!(span=> let __bypass = #bypass;),
        ask: quote_spanned!(span=> unsafe { #krate::__private::ask(&__GATE, __bypass) }.await),
        answer: permit.to_token_stream(),
        after,
        watch: quote_spanned!(span=> #krate::__private::watch_destructive),
        lent,
        judge: None,
        finish: quote_spanned! {span=>
            #krate::__private::complete::<#fault>(&#permit, &__output);
        },
    }
}
