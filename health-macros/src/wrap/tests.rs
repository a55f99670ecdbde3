use proc_macro2::TokenStream;
use quote::quote;

use super::*;
use crate::testing::{errors_in, flat};

fn guarded(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(Attribute::Guarded, args, item)
}

fn destructive(args: TokenStream, item: TokenStream) -> TokenStream {
    expand(Attribute::Destructive, args, item)
}

/// Where each of `parts` starts, in the order in which they have to come.
fn in_order(text: &str, parts: &[&str]) {
    let mut from = 0;
    for part in parts {
        match text[from..].find(part) {
            Some(at) => from += at + part.len(),
            None => panic!("`{part}` is missing, or too early, in {text}"),
        }
    }
}

#[test]
fn the_expansion_is_a_file_that_parses() {
    for expanded in [
        guarded(
            quote!(deps = ["a", B]),
            quote!(
                async fn f(&self, x: T) -> R {
                    x
                }
            ),
        ),
        destructive(
            quote!(),
            quote!(
                async fn f((a, b): T) -> R {
                    a
                }
            ),
        ),
        destructive(
            quote!(permit = "p", bypass = "b", budget = "5/1m"),
            quote!(
                fn f(b: bool) -> BoxFuture<'_, R> {
                    Box::pin(async move { p })
                }
            ),
        ),
        guarded(
            quote!(deps = ["a"]),
            quote!(
                fn f() -> impl Future<Output = R> {
                    g()
                }
            ),
        ),
    ] {
        let parsed = syn::parse2::<syn::ImplItemFn>(expanded.clone());
        assert!(parsed.is_ok(), "{expanded}");
    }
}

#[test]
fn a_guarded_function_enters_watches_and_finishes() {
    let expanded = flat(&guarded(
        quote!(deps = ["redis", REDIS]),
        quote! {
            /// Docs.
            #[inline]
            pub async fn r#load(&self, id: Id) -> Result<T, E> { self.get(id) }
        },
    ));
    in_order(
        &expanded,
        &[
            "#[inline]pubasyncfnr#load(&self,id:Id)->Result<T,E>{static__SITE:::health_runtime::__private::Site<2usize>=",
            "(::health_runtime::__private::SiteKind::Guarded,\"load\",",
            "&[\"redis\",REDIS],",
            "register!{guarded__SITE}",
            "letmut__call=::health_runtime::__private::Call::new(&__SITE);",
            "watch::<Result<T,E>,_,_,_>(&mut__call,::health_runtime::__private::pin!(asyncmove{",
            "let_=(&id,);",
            "iffalse{return::health_runtime::__private::never::<Result<T,E>>();}",
            "{self.get(id)}",
            "{__call=>::health_runtime::__private::judging(__call.error.what_it_says().how_to_judge(),__call)}",
            "{__watch=>__watch.await}}",
        ],
    );
}

#[test]
fn a_destructive_function_asks_with_its_bypass_and_lends_its_permit() {
    let expanded = flat(&destructive(
        quote!(
            deps = ["s3"],
            permit = "token",
            bypass = user_confirmed,
            budget = "50/1m"
        ),
        quote!(
            async fn wipe(user_confirmed: Option<Bypass>) -> Result<T, E> {
                x
            }
        ),
    ));
    in_order(
        &expanded,
        &[
            "\"budget=\\\"50/1m\\\",bypass=user_confirmed\"",
            "Budget::new(50u32,::health_runtime::__private::Duration::from_millis(60000u64)",
            "register!{destructive__GATE}",
            "let__bypass=::health_runtime::__private::bypass::<Option<Bypass>>(&user_confirmed);",
            "matchunsafe{::health_runtime::__private::ask(&__GATE,__bypass)}.await",
            "let__permit_ref=&token;",
            "watch_destructive(__permit_ref",
            "let_=(&user_confirmed,);",
            "lettoken=__permit_ref;",
            "complete::<Result<T,E>>(&token,&__output);__output",
        ],
    );
}

/// What the second attribute sees of a function that carries both.
fn both(first: Attribute, args: TokenStream, other_args: TokenStream) -> TokenStream {
    let other = proc_macro2::Ident::new(first.other().name(), Span::call_site());
    let handed = expand(
        first,
        args,
        quote!(#[health_runtime::#other #other_args] async fn f() -> R { x }),
    );
    let function = syn::parse2::<syn::ItemFn>(handed).expect("one attribute and the function");
    let args = match &function.attrs[0].meta {
        syn::Meta::List(list) => list.tokens.clone(),
        _ => panic!("nothing was handed over"),
    };
    let (sig, block) = (&function.sig, &function.block);
    expand(first.other(), args, quote!(#sig #block))
}

#[test]
fn the_gate_is_outside_whatever_the_order() {
    let deps = quote!(deps = ["redis"]);
    let gate_last = both(Attribute::Guarded, deps.clone(), quote!());
    let gate_first = both(Attribute::Destructive, quote!(), quote!((#deps)));
    assert_eq!(flat(&gate_first), flat(&gate_last));
    in_order(
        &flat(&gate_first),
        &[
            "ask(&__GATE",
            "=>return::health_runtime::__private::refused::<R>(refusal)",
            "Call::new(&__SITE)",
            // The gate hears of a refusal by the guard: it is what the guard's future ends in.
            "let__output=match::health_runtime::__private::watch_destructive(&__permit,\
             ::health_runtime::__private::pin!(match\
             ::health_runtime::__private::watch::<R,_,_,_>(&mut__call",
            "complete::<R>(&__permit,&__output);__output",
        ],
    );
}

#[test]
fn the_path_of_the_runtime_may_be_given() {
    for args in [
        quote!(deps = ["a"], crate = my::hr),
        quote!(deps = ["a"], crate = "my::hr"),
    ] {
        let expanded = flat(&guarded(
            args,
            quote!(
                async fn f() -> R {
                    x
                }
            ),
        ));
        assert!(
            expanded.contains("my::hr::__private::watch::<"),
            "{expanded}"
        );
        assert!(!expanded.contains("health_runtime"), "{expanded}");
    }
}

#[test]
fn mistakes_are_reported_at_once_and_the_function_stays() {
    let item = quote!(
        pub fn f(user_confirmd: u8) -> R {}
    );
    let expanded = destructive(
        quote!(bypass = "user_confirmed", budget = 5, permit),
        item.clone(),
    );
    assert!(flat(&expanded).starts_with(&format!("#[allow(unused_variables)]{}", flat(&item))));
    assert_eq!(
        errors_in(&expanded),
        [
            "`permit` needs a value: `permit = \"permit\"`",
            "`budget` says how many calls per span of time: write `budget = \"50/1m\"`",
            "`#[destructive]` needs an async function: write `async fn f`, or return \
             `impl Future<Output = Result<..>>`, `Pin<Box<dyn Future<Output = Result<..>>>>` or \
             `BoxFuture<'_, Result<..>>`",
            "`f` has no parameter `user_confirmed`; did you mean `user_confirmd`? (it has \
             `user_confirmd`)",
        ]
    );
}

#[test]
fn next_to_an_error_the_body_still_sees_its_permit() {
    let expanded = flat(&destructive(
        quote!(permit = "token", budgt = "1/1m"),
        quote!(
            async fn f() -> R {
                token.fence()
            }
        ),
    ));
    assert!(
        expanded.contains("lettoken:&::health_runtime::DestructivePermit="),
        "{expanded}"
    );
}

#[test]
fn nothing_of_a_body_runs_before_the_gate() {
    let eager = quote!(
        fn f() -> BoxFuture<'_, R> {
            delete();
            Box::pin(async { x })
        }
    );
    assert_eq!(
        errors_in(&destructive(quote!(), eager.clone())),
        [
            "this would run before the gate is asked: write the function as an `async fn`, or let \
             its body be one `async move { .. }` block (in `Box::pin(..)` if it returns a box)"
        ]
    );
    assert_eq!(errors_in(&guarded(quote!(deps = ["a"]), eager)), [""; 0]);
}

#[test]
fn the_same_attribute_twice_is_an_error() {
    let expanded = guarded(
        quote!(deps = ["a"]),
        quote!(
            #[guarded(deps = ["b"])]
            async fn f() -> R {}
        ),
    );
    assert_eq!(
        errors_in(&expanded),
        ["`#[guarded]` is here twice: list every dependency in one `deps = [..]`"]
    );
    assert!(flat(&expanded).starts_with("asyncfnf()->R{}"), "{expanded}");
}

#[test]
fn deps_are_asked_for() {
    let item = quote!(
        async fn f() -> R {}
    );
    assert_eq!(
        errors_in(&guarded(quote!(), item.clone())),
        ["which dependencies does this function call? Write `#[guarded(deps = [\"redis\"])]`"]
    );
    assert_eq!(
        errors_in(&guarded(quote!(deps = []), item)),
        ["name at least one dependency that the function calls: `deps = [\"redis\"]`"]
    );
}

#[test]
fn a_constant_is_no_bypass() {
    let item = quote!(
        async fn f(sure: bool) -> R {}
    );
    assert_eq!(
        errors_in(&destructive(quote!(bypass = true), item)),
        ["`bypass` names a parameter of the function; a constant would switch the gate off"]
    );
}
