use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::parse::Guarded;
use crate::args::Crate;
use crate::function::Function;
use crate::wrap::{Layer, site_info};

/// `fault` is [`crate::function::Output::at_fault`].
pub(crate) fn layer(
    guarded: &Guarded,
    function: &Function,
    fault: &TokenStream,
    krate: &Crate,
) -> Layer {
    let span = Span::mixed_site();
    let count = guarded.deps.len();
    let info = site_info("Guarded", &function.sig.ident, &guarded.deps, &[], krate);
    Layer {
        site: quote_spanned! {span=>
            static __SITE: #krate::__private::Site<#count> = #krate::__private::Site::new(#info);
            #krate::__private::register! { guarded __SITE }
        },
        // In place, and lent from here on: a call that is moved is a call that is copied.
        before: quote_spanned!(span=> let mut __call = #krate::__private::Call::new(&__SITE);),
        ask: quote_spanned!(span=> #krate::__private::enter(&mut __call)),
        answer: quote_spanned!(span=> ()),
        after: TokenStream::new(),
        watch: quote_spanned!(span=> #krate::__private::watch::<#fault, _, _, _, _>),
        lent: quote_spanned!(span=> &mut __call),
        judge: Some(quote_spanned!(span=> |error| #krate::__private::judge!(error))),
        finish: TokenStream::new(),
    }
}
