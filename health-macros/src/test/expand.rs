use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::quote_spanned;
use syn::ReturnType;

use crate::args::Crate;
use crate::function::{Function, pinned, place_of};
use crate::wrap::nested;

pub(crate) fn expand(mut function: Function, krate: &Crate) -> TokenStream {
    let span = Span::mixed_site();
    function.sig.asyncness = None;
    let pin = match &function.sig.output {
        ReturnType::Default => TokenStream::new(),
        ReturnType::Type(_, ty) => {
            let (place, ty) = (place_of(ty), pinned(ty));
            let krate = krate.at(place);
            quote_spanned!(place=> if false { return #krate::__private::never::<#ty>(); })
        }
    };
    let body = nested(&function.body);
    let run = quote_spanned!(span=> #krate::testing::run(async move { #pin #body }));
    let mut group = Group::new(Delimiter::Brace, run);
    group.set_span(function.body.span());
    function.body = group;
    quote_spanned!(span=> #[::core::prelude::v1::test] #function)
}
