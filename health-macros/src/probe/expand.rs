use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::parse::Probe;
use crate::args::Time;
use crate::function::{Function, is};
use crate::wrap::site_info;

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
    let info = site_info("Probe", name, deps, &options, krate);
    let cfgs = function.attrs.iter().filter(|attr| is(attr, "cfg"));
    quote_spanned! {span=>
        #function
        #(#cfgs)*
        const _: () = {
            static __SITE: #krate::__private::ProbeSite = #krate::__private::ProbeSite::new(
                #info, #every, #timeout, || #krate::__private::run_probe(#name()),
            );
            #krate::__private::register! { probe __SITE }
        };
    }
}
