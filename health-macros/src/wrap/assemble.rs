//! Puts layers around a body. Cannot fail.
//!
//! ```text
//! <site>                                  once per layer, outermost first
//! let <answer> = match <ask> { .. };      for the gate alone, which is outermost: the other asks
//!                                         when it is polled first
//! let __output = <watch>(.., pin!(async move {
//!     <parameters: captured in the right order>
//!     if false { return never::<R>(); }   pins the type: the body reads as in a plain function
//!     { the user's tokens }
//! })).await;
//! <finish>                                once per layer, innermost first
//! __output
//! ```

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use super::{Ask, Layer};
use crate::args::Crate;
use crate::function::{Form, Function, Output, Parameters, Repeated, Shape, quiet};
use crate::guarded::Repeating;

/// Where the calls are made that the layers lend to the body.
#[derive(Clone, Copy, PartialEq)]
enum Begun {
    /// Right before the question.
    Here,
    /// In the statements before the future.
    Before,
}

/// One function and what stands around it.
pub(super) struct Plan<'a> {
    pub(super) output: &'a Output,
    /// [`Output::at_fault`]
    pub(super) fault: &'a TokenStream,
    /// Outermost first.
    pub(super) layers: &'a [Layer],
    /// Whether one of the layers is a gate: then nothing of the body may run before it is asked.
    pub(super) gated: bool,
    /// The name under which the body sees the permit.
    pub(super) permit: Option<&'a Ident>,
    /// Parameters that the layers use.
    pub(super) used: &'a [&'a Ident],
    /// What the innermost layer is instead, if the body may run more than once.
    pub(super) repeating: Option<&'a Repeating>,
    pub(super) krate: &'a Crate,
}

impl Plan<'_> {
    pub(super) fn assemble(&self, mut function: Function) -> TokenStream {
        // `#![allow(..)]` may only open the body of a function.
        let inner_attrs = function.take_inner_attrs();
        let inside = match self.output.form {
            Form::Async if self.repeating.is_some() => self.in_repeated_fn(&mut function),
            Form::Async => {
                let parameters = Parameters::of(&function, self.used);
                let inside = self.in_async_fn(&function.body, &parameters);
                function.sig.inputs = parameters.inputs;
                inside
            }
            form => self.in_plain_fn(&function, form),
        };
        let repeating = self.repeating.iter().map(|repeating| &repeating.site);
        let sites = self.layers.iter().map(|layer| &layer.site).chain(repeating);
        let body = quote_spanned!(Span::mixed_site()=> #inner_attrs #(#sites)* #inside);
        let mut group = Group::new(Delimiter::Brace, body);
        group.set_span(function.body.span());
        function.body = group;
        function.into_token_stream()
    }

    fn in_async_fn(&self, body: &Group, parameters: &Parameters) -> TokenStream {
        let span = Span::mixed_site();
        let krate = self.krate;
        let prologue = &parameters.prologue;
        let (permit, pin) = (self.bind_permit(), self.pin_type());
        let mut body = nested(body).into_token_stream();
        if parameters.rebound {
            // Temporaries of the last expression go before the parameters: a `let` ends them.
            let ty = &self.output.ty;
            body = quote_spanned! {span=>
                #[allow(clippy::diverging_sub_expression)]
                let __output: #ty = #body;
                #[allow(unreachable_code)]
                __output
            };
        }
        let inside = self.around(quote_spanned! {span=>
            #krate::__private::pin!(async move { #prologue #permit #pin #body })
        });
        if self.gated {
            return inside;
        }
        // Braces of the macro's, which have its edition. In those of a function of an older one the body,
        // a temporary of the last expression, would be dropped after the call: that has to hear what the
        // nested calls in there have to say. (Behind a gate the last expression is another one.)
        quote_spanned!(span=> { #inside })
    }

    /// A body that may run more than once, each time on clones of the arguments.
    ///
    /// The block is not `async move`: what is taken by reference stays with the function, for the
    /// next attempt and for the fallback; what is taken by value is moved by the prologue.
    fn in_repeated_fn(&self, function: &mut Function) -> TokenStream {
        let span = Span::mixed_site();
        let krate = self.krate;
        let Some(repeating) = self.repeating else {
            return TokenStream::new();
        };
        let again = quote_spanned!(span=> #krate::__private::again);
        let Repeated {
            inputs,
            clones,
            prologue,
            arguments,
        } = Parameters::repeated(function, self.used, &again);
        let (permit, pin) = (self.bind_permit(), self.pin_type());
        let (ty, body) = (&self.output.ty, nested(&function.body));
        function.sig.inputs = inputs;
        let Repeating {
            begin,
            judge,
            is_retried,
            fallback,
            is_error,
            ..
        } = repeating;
        // Temporaries of the last expression go before the parameters: a `let` ends them.
        let attempt = quote_spanned! {span=>
            #clones
            let __answer = match #krate::__private::attempt(
                &mut __call,
                #krate::__private::pin!(async {
                    #prologue #permit #pin
                    #[allow(clippy::diverging_sub_expression)]
                    let __output: #ty = #body;
                    #[allow(unreachable_code)]
                    __output
                }),
                #judge,
            ) { __attempt => __attempt.await };
        };
        let attempts = if *is_retried {
            quote_spanned! {span=>
                loop {
                    #attempt
                    match #krate::__private::next_attempt(&mut __call) {
                        #krate::__private::Some(__pause) => if !__pause.await { break '__call __answer; },
                        #krate::__private::None => break '__call __answer,
                    }
                }
            }
        } else {
            quote_spanned!(span=> #attempt __answer)
        };
        let fault = self.fault;
        let output = match fallback {
            None => {
                quote_spanned!(span=> #krate::__private::finish::<#fault>(&mut __call, __answer))
            }
            Some(path) => {
                let name = path.to_token_stream().to_string().replace(' ', "");
                // At the path: that is where a wrong signature is shown.
                let place = span.located_at(path.span());
                let answer = quote_spanned! {place=>
                    #krate::__private::answer::<_, #ty, _, _>((#(#arguments,)*), __failed, #path).await
                };
                quote_spanned! {span=>
                    match #krate::__private::resolve::<#ty>(&mut __call, __answer) {
                        #krate::__private::Resolved::Answer(__output) => __output,
                        #krate::__private::Resolved::Failed(__failed) => {
                            let __asked = #krate::__private::fall_back(&__SITE, #name, &__failed);
                            #[allow(clippy::used_underscore_binding)]
                            let __output: #ty = #answer;
                            let __failure = &__output;
                            #krate::__private::FellBack::note(&__asked, #is_error);
                            __output
                        }
                    }
                }
            }
        };
        let call = quote_spanned! {span=>
            #begin
            let __answer = '__call: {
                if let #krate::__private::Err(refusal) = #krate::__private::enter_layered(&mut __call) {
                    break '__call #krate::__private::not_let_in(refusal);
                }
                #attempts
            };
            #output
        };
        if self.layers.is_empty() {
            return call;
        }
        self.around(quote_spanned!(span=> #krate::__private::pin!(async { #call })))
    }

    /// A function that is not async runs when it is called, as it did; what waits is its future.
    fn in_plain_fn(&self, function: &Function, form: Form) -> TokenStream {
        let span = Span::mixed_site();
        let krate = self.krate;
        let shape = function.shape();
        if let (Some(shape), true) = (&shape, self.gated) {
            let Shape {
                wrapper,
                keywords,
                block,
                method,
            } = shape;
            let (permit, pin, block) = (self.bind_permit(), self.pin_type(), nested(block));
            let inside = self.around(quote_spanned! {span=>
                #krate::__private::pin!(#keywords { #permit #pin #block })
            });
            return wrapped(
                wrapper,
                &quote_spanned!(span=> #keywords { #inside } #method),
            );
        }
        let (future, wrapper, method) = match shape {
            // One allocation as before: what was boxed is not boxed again.
            Some(shape) => {
                let (keywords, block) = (shape.keywords, shape.block);
                (quote!(#keywords #block), shape.wrapper, shape.method)
            }
            None => {
                let ty = match &function.sig.output {
                    ReturnType::Type(arrow, ty) if form == Form::Boxed => quote!(#arrow #ty),
                    _ => TokenStream::new(),
                };
                let wrapper = match form {
                    Form::Boxed => quote_spanned!(span=> #krate::__private::Box::pin),
                    _ => TokenStream::new(),
                };
                let body = &function.body;
                let future = quote_spanned!(span=> #krate::__private::call_once(move || #ty #body));
                (future, wrapper, TokenStream::new())
            }
        };
        // Pinned where it was captured: a move into a local would store the user's future twice. Sound,
        // since the `async` block that this stands in owns the future, is itself pinned when this runs,
        // names it here and nowhere else by value, and drops it in place. `tests/pinned.rs` watches.
        let pinned = quote_spanned! {span=>
            unsafe { #krate::__private::Pin::new_unchecked(&mut __future) }
        };
        if !self.gated {
            // The call is captured after the future, so that it is dropped after it: it has to hear
            // what the nested calls in there have to say.
            let inside = self.around_with(Begun::Before, pinned);
            let before = self.layers.iter().map(|layer| &layer.before);
            let wrapped = wrapped(
                &wrapper,
                &quote_spanned!(span=> async move { let _ = (&__future, &__call); #inside } #method),
            );
            return quote_spanned!(span=> #(#before)* let mut __future = #future; #wrapped);
        }
        let inside = self.around(pinned);
        let wrapped = wrapped(
            &wrapper,
            &quote_spanned!(span=> async move { #inside } #method),
        );
        quote_spanned!(span=> let mut __future = #future; #wrapped)
    }

    /// Asks each layer, polls `body` (a pinned future) through them, reports to each.
    fn around(&self, body: TokenStream) -> TokenStream {
        self.around_with(Begun::Here, body)
    }

    fn around_with(&self, begun: Begun, body: TokenStream) -> TokenStream {
        let span = Span::mixed_site();
        let krate = self.krate;
        let fault = &self.fault;
        let mut ask = TokenStream::new();
        let mut finish = TokenStream::new();
        for layer in self.layers {
            let before = Some(&layer.before).filter(|_| begun == Begun::Here);
            ask.extend(before.cloned());
            if let Some(Ask {
                question,
                answer,
                after,
            }) = &layer.ask
            {
                ask.extend(quote_spanned! {span=>
                    let #answer = match #question {
                        #krate::__private::Ok(answer) => answer,
                        #krate::__private::Err(refusal) =>
                            return #krate::__private::refused::<#fault>(refusal),
                    };
                    #after
                });
            }
            let outer = std::mem::replace(&mut finish, layer.finish.clone());
            finish.extend(outer);
        }
        let mut watched = body;
        for (depth, layer) in self.layers.iter().rev().enumerate() {
            if depth > 0 {
                watched = quote_spanned!(span=> #krate::__private::pin!(#watched));
            }
            let (watch, lent) = (&layer.watch, &layer.lent);
            watched = quote_spanned!(span=> #watch(#lent, #watched));
            if let Some(judge) = &layer.judge {
                watched = quote_spanned! {span=>
                    match #watched { __call => #krate::__private::judging(#judge, __call) }
                };
            }
        }
        // The `.await` asks for the bounds on the output once more: at the same place, too.
        let mut fault = TokenStream::clone(fault).into_iter();
        let place = fault.next().map_or(span, |token| token.span());
        let watch = Ident::new("__watch", place);
        let awaited = quote_spanned!(place=> #watch.await);
        let awaited = quote_spanned!(span=> match #watched { #watch => #awaited });
        if finish.is_empty() {
            return quote_spanned!(span=> #ask #awaited);
        }
        // Returned at the return type: that is where a borrow that cannot be returned is shown.
        let output = Ident::new("__output", span.located_at(self.output.place()));
        quote_spanned!(span=> #ask let #output = #awaited; #finish #output)
    }

    /// Unreachable, but the first `return` that the compiler sees: it fixes the type of the block.
    /// Written as the user's, at the return type, since that is where a mismatch points to.
    fn pin_type(&self) -> TokenStream {
        let (place, ty) = (self.output.place(), &self.output.ty);
        let krate = self.krate.at(place);
        quote_spanned!(place=> if false { return #krate::__private::never::<#ty>(); })
    }

    fn bind_permit(&self) -> TokenStream {
        self.permit.map_or_else(TokenStream::new, |permit| {
            let quiet = quiet(permit);
            quote_spanned!(Span::mixed_site()=> #quiet let #permit = __permit_ref;)
        })
    }
}

/// The body as a block inside another one. If it may be a single expression, its braces become the
/// macro's: as the user's, they would look needless to the compiler.
pub(crate) fn nested(block: &Group) -> Group {
    let mut nested = Group::new(Delimiter::Brace, block.stream());
    let statements = block
        .stream()
        .into_iter()
        .any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'));
    nested.set_span(if statements {
        block.span()
    } else {
        block.span().resolved_at(Span::mixed_site())
    });
    nested
}

fn wrapped(wrapper: &TokenStream, inside: &TokenStream) -> TokenStream {
    if wrapper.is_empty() {
        inside.clone()
    } else {
        quote!(#wrapper(#inside))
    }
}
