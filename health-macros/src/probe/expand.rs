use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ReturnType;

use super::parse::Probe;
use crate::args::Time;
use crate::function::{Function, is, pinned};
use crate::wrap::{said, site_info};

pub(crate) fn expand(probe: &Probe, function: &Function) -> TokenStream {
    let span = Span::mixed_site();
    let krate = &probe.krate;
    let name = &function.sig.ident;
    let mut options = Vec::new();
    let mut time = |key, time: &Option<Time>| match time {
        Some(Time { text, millis }) => {
            options.push((key, format!("{text:?}")));
            quote_spanned! {span=>
                #krate::__private::Some(#krate::__private::Duration::from_millis(#millis))
            }
        }
        None => quote_spanned!(span=> #krate::__private::None),
    };
    let (every, timeout) = (time("every", &probe.every), time("timeout", &probe.timeout));
    let deps = std::slice::from_ref(&probe.dep);
    let info = site_info("Probe", name, deps, said(&options, krate), krate);
    let output = match &function.sig.output {
        ReturnType::Type(_, ty) => pinned(ty).into_token_stream(),
        ReturnType::Default => TokenStream::new(),
    };
    // Placed at the name: if the future is not `Send`, that is where to look.
    let (future, called) = (
        quote_spanned!(name.span()=> _),
        quote_spanned!(name.span()=> #name()),
    );
    let cfgs = function.attrs.iter().filter(|attr| is(attr, "cfg"));
    quote_spanned! {span=>
        #function
        #(#cfgs)*
        const _: () = {
            static __SITE: #krate::__private::ProbeSite = #krate::__private::ProbeSite::new(
                #info, #every, #timeout, || #krate::__private::run_probe::<#output, #future>(#called),
            );
            #krate::__private::register! { probe __SITE }
        };
    }
}
