use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::*;
use crate::errors::Errors;
use crate::testing::flat;

fn parse(item: TokenStream) -> Function {
    Function::parse("guarded", item).expect("the item is a function")
}

fn refusal(item: TokenStream) -> String {
    match Function::parse("guarded", item) {
        Ok(_) => panic!("the item is taken for a function"),
        Err(error) => error.to_string(),
    }
}

fn output(item: TokenStream) -> Result<(Form, String), Vec<String>> {
    let mut errors = Errors::new();
    match Output::read("guarded", &parse(item), false, &mut errors) {
        Some(output) => Ok((output.form, flat(&output.ty.to_token_stream()))),
        None => Err(errors.messages()),
    }
}

fn parameters(item: TokenStream) -> (String, String) {
    let parameters = Parameters::of(&parse(item), &[]);
    let prologue = flat(&parameters.prologue);
    let quiet = "#[allow(clippy::used_underscore_binding,clippy::no_effect_underscore_binding)]";
    let prologue = prologue.replace(quiet, "");
    (flat(&parameters.inputs.to_token_stream()), prologue)
}

#[test]
fn the_body_is_never_parsed() {
    let function = parse(quote! {
        /// Docs.
        #[inline]
        pub(crate) async unsafe fn f<'a, const N: usize>(self: Pin<&mut Self>) -> R where T: X {
            let x = ; self.
        }
    });
    assert_eq!(flat(&function.body.to_token_stream()), "{letx=;self.}");
    assert_eq!(function.attrs.len(), 2);
}

#[test]
fn other_items_are_told_where_it_belongs() {
    for (item, expected) in [
        (
            quote!(
                pub struct Session;
            ),
            "`#[guarded]` goes on an `async fn`, not on a `struct`",
        ),
        (
            quote!(
                impl Client {}
            ),
            "`#[guarded]` goes on an `async fn`: write it on each method of this `impl` that needs it",
        ),
        (
            quote!(
                unsafe impl Send for Client {}
            ),
            "`#[guarded]` goes on an `async fn`: write it on each method of this `impl` that needs it",
        ),
        (
            quote!(
                const LIMIT: u8 = 1;
            ),
            "`#[guarded]` goes on an `async fn`, not on a `const`",
        ),
        (
            quote!(
                mod redis {}
            ),
            "`#[guarded]` goes on an `async fn`: write it on each function of this module that needs it",
        ),
        (
            quote!(
                async fn load(&self) -> R;
            ),
            "`#[guarded]` needs a body to stand in front of: write it on `load` in each `impl`, or \
             on a default body here",
        ),
    ] {
        assert_eq!(refusal(item.clone()), expected, "{item}");
    }
}

#[test]
fn futures_are_known_by_how_they_are_written() {
    for (item, form, ty) in [
        (
            quote!(
                async fn f() -> io::Result<T> {}
            ),
            Form::Async,
            "io::Result<T>",
        ),
        (
            quote!(
                fn f() -> impl Future<Output = R> + Send + use<> {}
            ),
            Form::Future,
            "R",
        ),
        (
            quote!(
                fn f() -> impl Send + core::future::Future<Output = R> {}
            ),
            Form::Future,
            "R",
        ),
        (
            quote!(
                fn f() -> Pin<Box<dyn Future<Output = R> + '_>> {}
            ),
            Form::Boxed,
            "R",
        ),
        (
            quote!(
                fn f() -> ::core::pin::Pin<Box<dyn std::future::Future<Output = R>>> {}
            ),
            Form::Boxed,
            "R",
        ),
        (
            quote!(
                fn f() -> BoxFuture<'_, R> {}
            ),
            Form::Boxed,
            "R",
        ),
        (
            quote!(
                fn f() -> futures::future::LocalBoxFuture<'static, R> {}
            ),
            Form::Boxed,
            "R",
        ),
    ] {
        assert_eq!(output(item.clone()), Ok((form, ty.to_owned())), "{item}");
    }
}

#[test]
fn impl_trait_inside_the_output_is_inferred() {
    let item = quote!(
        async fn f() -> Result<Vec<(impl Iterator<Item = u8>, &'static impl Debug)>, E> {}
    );
    assert_eq!(
        output(item),
        Ok((Form::Async, "Result<Vec<(_,&'static_)>,E>".to_owned()))
    );
}

#[test]
fn what_is_surely_no_result_is_refused() {
    for (item, found) in [
        (
            quote!(
                async fn f() {}
            ),
            "; it returns nothing",
        ),
        (
            quote!(
                async fn f() -> () {}
            ),
            ", not `()`",
        ),
        (
            quote!(
                async fn f() -> bool {}
            ),
            ", not a `bool`",
        ),
        (
            quote!(
                async fn f() -> Option<Result<T, E>> {}
            ),
            ", not an `Option`",
        ),
        (
            quote!(
                async fn f() -> &str {}
            ),
            ", not a reference",
        ),
        (
            quote!(
                async fn f() -> (A, B) {}
            ),
            ", not a tuple",
        ),
        (
            quote!(
                fn f() -> BoxFuture<'_, Vec<T>> {}
            ),
            ", not a `Vec`",
        ),
    ] {
        let needs = "`#[guarded]` may refuse the call, so `f` needs to return `Result<_, E>` with \
                     `E: From<DependencyUnhealthy>`";
        assert_eq!(output(item), Err(vec![format!("{needs}{found}")]));
    }
}

#[test]
fn aliases_are_left_to_the_compiler() {
    for item in [
        quote!(
            async fn f() -> Answer {}
        ),
        quote!(
            async fn f() -> my::Option<T> {}
        ),
        quote!(
            async fn f() -> <T as Service>::Response {}
        ),
    ] {
        assert!(output(item).is_ok());
    }
}

#[test]
fn a_function_that_is_not_async_is_told_what_to_be() {
    let not_async = |item| output(item).expect_err("it is not async").remove(0);
    assert_eq!(
        not_async(quote!(
            fn load() -> R {}
        )),
        "`#[guarded]` needs an async function: write `async fn load`, or return \
         `impl Future<Output = Result<..>>`, `Pin<Box<dyn Future<Output = Result<..>>>>` or \
         `BoxFuture<'_, Result<..>>`"
    );
    assert_eq!(
        not_async(quote!(
            const fn load() -> R {}
        )),
        "`#[guarded]` needs an `async fn`, and a `const fn` cannot wait for anything"
    );
    assert_eq!(
        not_async(quote!(
            fn main() -> R {
                rt.block_on(body)
            }
        )),
        "`#[tokio::main]` has made `main` synchronous already: write `#[guarded]` above it"
    );
    assert_eq!(
        not_async(quote!(
            fn load() -> R {
                { rt.block_on(body) }
            }
        )),
        "`#[guarded]` needs an async function, and `load` drives a runtime itself; if \
         `#[tokio::test]` made it so, write `#[guarded]` above that"
    );
}

#[test]
fn used_parameters_are_mentioned_last_one_first() {
    let (inputs, prologue) = parameters(quote! {
        async fn f(self, mut a: A, b: B, r: &R, _guard: G, #[cfg(unix)] c: C) -> X {
            self.go(a, c); println!("{b:?}")
        }
    });
    assert_eq!(inputs, "self,muta:A,b:B,r:&R,_guard:G,#[cfg(unix)]c:C");
    assert_eq!(prologue, "let_=(#[cfg(unix)]&c,&_guard,&b,&a,&self,);");
}

#[test]
fn references_need_neither_mention_nor_let() {
    let (inputs, prologue) = parameters(quote! {
        async fn f(&mut self, a: &A, mut b: &B, _: &C) -> X {}
    });
    assert_eq!(inputs, "&mutself,a:&A,mutb:&B,_:&C");
    assert_eq!(prologue, "");
}

#[test]
fn from_the_first_pattern_on_parameters_are_bound_again() {
    let (inputs, prologue) = parameters(quote! {
        async fn f(
            self: Arc<Self>, a: A, (b, _): (B, C), #[cfg(unix)] mut d: D,
            #[expect(unused_variables)] _: E, r: &R,
        ) -> X { a.b.d }
    });
    assert_eq!(
        inputs,
        "self:Arc<Self>,a:A,__arg2:(B,C),#[cfg(unix)]d:D,__arg4:E,r:&R,"
    );
    assert_eq!(
        prologue,
        "let_=(&a,&self,);let__arg2=__arg2;let(b,_)=__arg2;#[cfg(unix)]letmutd=d;let__arg4=__arg4;"
    );
}

#[test]
fn what_only_looks_like_a_use_is_bound_again() {
    for body in [
        quote!(self.x),
        quote!(S { x: 1 }),
        quote!(x::new(); y::x),
        quote!(let x = 1;),
        quote!(let mut x = x;),
        quote!(x = 1;),
        quote!(let y: &'x str;),
        quote!("x"),
        quote!("{xy}"),
        quote!('x'),
    ] {
        let (_, prologue) = parameters(quote!(async fn f(x: T) -> R { #body }));
        assert_eq!(prologue, "letx=x;", "{body}");
    }
    for body in [
        quote!(f(x)),
        quote!(x.y),
        quote!(&mut x),
        quote!(0..x),
        quote!(x == 1),
        quote!(S { x }),
        quote!(S { y: x }),
        quote!("{x}"),
        quote!("{x:?}"),
        quote!("{:x$}"),
        quote!("{:.x$}"),
        quote!(vec![[(x)]]),
    ] {
        let (_, prologue) = parameters(quote!(async fn f(x: T) -> R { #body }));
        assert_eq!(prologue, "let_=(&x,);", "{body}");
    }
}

#[test]
fn one_async_block_is_seen_through_its_box() {
    for (item, wrapper, keywords, method) in [
        (
            quote!(
                fn f() -> F {
                    async move { x }
                }
            ),
            "",
            "asyncmove",
            "",
        ),
        (
            quote!(
                fn f() -> F {
                    async { x }
                }
            ),
            "",
            "async",
            "",
        ),
        (
            quote!(
                fn f() -> F {
                    Box::pin(async move { x })
                }
            ),
            "Box::pin",
            "asyncmove",
            "",
        ),
        (
            quote!(
                fn f() -> F {
                    ::std::boxed::Box::pin(async { x })
                }
            ),
            "::std::boxed::Box::pin",
            "async",
            "",
        ),
        (
            quote!(
                fn f() -> F {
                    async move { x }.boxed()
                }
            ),
            "",
            "asyncmove",
            ".boxed()",
        ),
    ] {
        let shape = parse(item.clone())
            .shape()
            .unwrap_or_else(|| panic!("{item}"));
        assert_eq!(flat(&shape.wrapper), wrapper);
        assert_eq!(flat(&shape.keywords), keywords);
        assert_eq!(flat(&shape.method), method);
        assert_eq!(flat(&shape.block.to_token_stream()), "{x}");
    }
    for item in [
        quote!(
            fn f() -> F {
                let y = 1;
                async move { x }
            }
        ),
        quote!(
            fn f() -> F {
                Box::pin(inner())
            }
        ),
        quote!(
            fn f() -> F {
                Rc::pin(async { x })
            }
        ),
        quote!(fn f() -> F { run()::Box::pin(async { x }) }),
        quote!(
            fn f() -> F {
                async move { x }.then(g())
            }
        ),
        quote!(
            fn f() -> F {
                async move { x };
            }
        ),
    ] {
        assert!(parse(item.clone()).shape().is_none(), "{item}");
    }
}
