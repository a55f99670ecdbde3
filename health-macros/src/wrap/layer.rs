//! What an attribute puts around the body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;

use crate::args::{Crate, Name};

pub(crate) struct Layer {
    /// The `static` of this place in the program.
    pub(crate) site: TokenStream,
    /// Statements before the question.
    pub(crate) before: TokenStream,
    /// The question that is asked before anything of the body is there. Only the outermost layer may
    /// have one, as no other layer hears of the refusal; without one, the first poll asks.
    pub(crate) ask: Option<Ask>,
    /// The function of the runtime that polls the body, and what is lent to it meanwhile.
    pub(crate) watch: TokenStream,
    pub(crate) lent: TokenStream,
    /// What judges an error, if the layer takes the outcome in while it polls; `__call` is what `watch`
    /// has given.
    pub(crate) judge: Option<TokenStream>,
    /// Reports `__output`, and uses the answer up, if the layer does not.
    pub(crate) finish: TokenStream,
}

pub(crate) struct Ask {
    /// An expression that gives `Result<_, DependencyUnhealthy>`.
    pub(crate) question: TokenStream,
    /// The pattern that binds the answer until `finish`.
    pub(crate) answer: TokenStream,
    /// Statements that need the answer.
    pub(crate) after: TokenStream,
}

/// The `SiteInfo` of a function.
pub(crate) fn site_info(
    kind: &str,
    name: &Ident,
    deps: &[Name],
    options: Option<TokenStream>,
    krate: &Crate,
) -> TokenStream {
    let span = Span::mixed_site();
    let kind = Ident::new(kind, span);
    let name = name.unraw().to_string();
    let options = options.map(|options| quote_spanned!(span=> .with(const { &#options })));
    let deps = deps.iter().map(ToTokens::to_token_stream);
    quote_spanned! {span=>
        #krate::__private::SiteInfo::new(
            #krate::__private::SiteKind::#kind,
            #name,
            #krate::__private::module_path!(),
            (#krate::__private::file!(), #krate::__private::line!()),
            &[#(#deps),*],
        ) #options
    }
}

/// The `SiteOptions` with arguments as text; none without any.
pub(crate) fn said(arguments: &[(&str, String)], krate: &Crate) -> Option<TokenStream> {
    if arguments.is_empty() {
        return None;
    }
    let text: Vec<String> = arguments
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    let text = text.join(", ");
    Some(quote_spanned!(Span::mixed_site()=> #krate::__private::SiteOptions::said(#text)))
}
