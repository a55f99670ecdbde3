//! What a call goes through. Cannot fail.
//!
//! A call whose body runs once is a [`Layer`] like that of any other attribute. One that may run
//! again, or that somebody else may answer, is [`Repeating`]: it is put together in
//! [`crate::wrap`], as its body needs its arguments more than once.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use super::parse::Guarded;
use crate::args::Crate;
use crate::function::Function;
use crate::wrap::{Layer, said, site_info};

/// `fault` is [`crate::function::Output::at_fault`].
pub(crate) fn layer(
    guarded: &Guarded,
    function: &Function,
    fault: &TokenStream,
    krate: &Crate,
) -> Layer {
    let span = Span::mixed_site();
    let judge = match &guarded.classify {
        None => quote_spanned!(span=> __call.error.what_it_says().how_to_judge()),
        Some(_) => {
            let judgement = judgement(guarded, krate);
            quote_spanned!(span=> |error| #judgement)
        }
    };
    Layer {
        site: site(guarded, function, krate),
        // In place, and lent from here on: a call that is moved is a call that is copied.
        before: begin(guarded, krate),
        // By the first poll: one question less in every function that is compiled.
        ask: None,
        watch: quote_spanned!(span=> #krate::__private::watch::<#fault, _, _, _>),
        lent: quote_spanned!(span=> &mut __call),
        judge: Some(judge),
        finish: TokenStream::new(),
    }
}

/// The parts of a call that may run again, or that somebody else may answer.
pub(crate) struct Repeating {
    pub(crate) site: TokenStream,
    /// Statements that make the call, before it is let in.
    pub(crate) begin: TokenStream,
    /// The closure that judges an output.
    pub(crate) judge: TokenStream,
    /// Whether there may be more than one attempt.
    pub(crate) is_retried: bool,
    pub(crate) fallback: Option<Path>,
    /// Whether `__failure`, a reference to an output of the fallback, is an error.
    pub(crate) is_error: TokenStream,
}

pub(crate) fn repeating(guarded: &Guarded, function: &Function, krate: &Crate) -> Repeating {
    let span = Span::mixed_site();
    let judgement = judgement(guarded, krate);
    Repeating {
        site: site(guarded, function, krate),
        begin: begin(guarded, krate),
        judge: quote_spanned! {span=>
            |output| #krate::__private::failure!(output).map(|error| #judgement)
        },
        is_retried: guarded.attempts.is_some(),
        fallback: guarded.fallback.clone(),
        is_error: quote_spanned! {span=>
            #krate::__private::Option::is_some(&#krate::__private::failure!(__failure))
        },
    }
}

/// How `error` is judged.
fn judgement(guarded: &Guarded, krate: &Crate) -> TokenStream {
    let span = Span::mixed_site();
    match &guarded.classify {
        None => quote_spanned!(span=> #krate::__private::judge!(error)),
        // Not by way of a macro: a wrong signature is shown at the path.
        Some(path) => quote_spanned! {span=> {
            let (judgement, text) = #krate::__private::judge!(error);
            (#krate::__private::judged_by(judgement, error, #path), text)
        }},
    }
}

/// Every name in the keys, of whatever it is.
pub(crate) fn names_in_keys(guarded: &Guarded) -> Vec<String> {
    fn names(tokens: TokenStream, found: &mut Vec<String>) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => found.push(name.to_string()),
                TokenTree::Group(group) => names(group.stream(), found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    for keyed in &guarded.keys {
        names(keyed.key.to_token_stream(), &mut found);
    }
    found
}

fn begin(guarded: &Guarded, krate: &Crate) -> TokenStream {
    let span = Span::mixed_site();
    if guarded.keys.is_empty() && guarded.role.is_none() {
        let new = if guarded.is_layered() {
            quote_spanned!(span=> layered)
        } else {
            quote_spanned!(span=> new)
        };
        return quote_spanned!(span=> let mut __call = #krate::__private::Call::#new(&__SITE););
    }
    let parts = match guarded.keys.len() {
        0 => 1,
        keys => keys * (1 + usize::from(guarded.role.is_some())),
    };
    let count = guarded.deps.len();
    let places = guarded.keys.iter().enumerate().map(|(nth, keyed)| {
        let (dependency, key) = (keyed.dependency, &keyed.key);
        // At the key: that is where a wrong type is shown.
        let place = span.located_at(key.span());
        quote_spanned!(place=> #krate::__private::key(&mut __call, #nth, #dependency, &(#key));)
    });
    quote_spanned! {span=>
        let mut __call = #krate::__private::Call::<#krate::__private::KeyedPlaces<#count, #parts>>::keyed(&__SITE);
        #(#places)*
    }
}

fn site(guarded: &Guarded, function: &Function, krate: &Crate) -> TokenStream {
    let span = Span::mixed_site();
    let count = guarded.deps.len();
    let info = site_info(
        "Guarded",
        &function.sig.ident,
        &guarded.deps,
        options(guarded, krate),
        krate,
    );
    quote_spanned! {span=>
        static __SITE: #krate::__private::Site<#count> =
            #krate::__private::Site::new(#info);
        #krate::__private::register! { guarded __SITE }
    }
}

/// The arguments as text, for the inventory.
fn written(guarded: &Guarded) -> Vec<(&'static str, String)> {
    let path = |path: &Path| path.to_token_stream().to_string().replace(' ', "");
    let mut written = Vec::new();
    let mut push = |key, value: Option<String>| written.extend(value.map(|value| (key, value)));
    push(
        "timeout",
        guarded.timeout.as_ref().map(|timeout| match timeout {
            Some(time) => format!("{:?}", time.text),
            None => "\"none\"".to_owned(),
        }),
    );
    push(
        "attempts",
        guarded.attempts.map(|attempts| attempts.to_string()),
    );
    push(
        "backoff",
        guarded
            .backoff
            .as_ref()
            .map(|(_, (first, _))| format!("{:?}", first.text)),
    );
    push("fallback", guarded.fallback.as_ref().map(path));
    push(
        "shed",
        guarded
            .shed
            .map(|state| format!("{:?}", state.to_lowercase())),
    );
    push(
        "level",
        guarded
            .level
            .as_ref()
            .map(|level| format!("{:?}", level.value())),
    );
    for keyed in &guarded.keys {
        push("key", Some(keyed.key.to_token_stream().to_string()));
    }
    push(
        "role",
        guarded
            .role
            .as_ref()
            .map(|role| format!("{:?}", role.value())),
    );
    push("classify", guarded.classify.as_ref().map(path));
    push("bulkhead", guarded.bulkhead.map(|cap| cap.to_string()));
    written
}

/// The `SiteOptions`: only what is said.
fn options(guarded: &Guarded, krate: &Crate) -> Option<TokenStream> {
    let span = Span::mixed_site();
    let mut options = said(&written(guarded), krate)?;
    let duration =
        |millis: u64| quote_spanned!(span=> #krate::__private::Duration::from_millis(#millis));
    if let Some(timeout) = &guarded.timeout {
        let timeout = match timeout {
            Some(time) => {
                let time = duration(time.millis);
                quote_spanned!(span=> After(#time))
            }
            None => quote_spanned!(span=> None),
        };
        options.extend(quote_spanned!(span=> .timeout(#krate::__private::Timeout::#timeout)));
    }
    if let Some(attempts) = guarded.attempts {
        let backoff = match &guarded.backoff {
            Some((_, (first, longest))) => {
                let (first, longest) = (duration(first.millis), duration(longest.millis));
                quote_spanned!(span=> #krate::__private::Some((#first, #longest)))
            }
            None => quote_spanned!(span=> #krate::__private::None),
        };
        options.extend(quote_spanned! {span=>
            .retries(#krate::__private::Retries { attempts: #attempts, backoff: #backoff })
        });
    }
    if let Some(state) = guarded.shed {
        let state = syn::Ident::new(state, span);
        options.extend(quote_spanned! {span=>
            .shed(#krate::__private::DependencyState::#state)
        });
    }
    if let Some(level) = &guarded.level {
        options.extend(quote_spanned!(span=> .level(#level)));
    }
    if let Some(role) = &guarded.role {
        options.extend(quote_spanned!(span=> .role(#role)));
    }
    if let Some(cap) = guarded.bulkhead {
        options.extend(quote_spanned!(span=> .bulkhead(#cap)));
    }
    Some(options)
}
