use proc_macro2::TokenStream;
use quote::quote;

use super::*;
use crate::testing::errors_in;

/// The names of the functions that the surface complains about.
fn unprotected(item: TokenStream) -> Vec<String> {
    errors_in(&expand(quote!(), item))
        .iter()
        .map(|error| error.split('`').nth(1).unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_destructive_name_needs_something_before_it() {
    let errors = errors_in(&expand(
        quote!(),
        quote! {
            impl Sessions {
                pub(crate) async fn delete_all(&self) -> Result<(), Error> { x }
            }
        },
    ));
    assert_eq!(
        errors,
        [
            "`delete_all` sounds destructive (`delete`), and nothing stands before it: put \
             `#[destructive]` on it, or let it take `permit: &DestructivePermit` from a caller \
             that has one, or say `#[harmless(reason = \"..\")]`"
        ]
    );
}

#[test]
fn the_three_ways_out() {
    let item = quote! {
        impl Sessions {
            #[health_runtime::destructive(permit = p)]
            async fn delete_all(&self) -> Result<(), Error> { x }
            fn terminate<F: Fn(u8) -> [u8; 3]>(f: F, permit: &health_runtime::DestructivePermit) {}
            /// Docs.
            #[harmless(reason = "a door")]
            fn close(&self) {}
        }
    };
    assert_eq!(unprotected(item), [""; 0]);
}

#[test]
fn no_other_attribute_is_a_way_out() {
    let item = quote! {
        impl Sessions {
            /// Docs.
            #[inline]
            fn delete_all(&self) {}
            #[harmless(reason = "a door")]
            fn close(&self) {}
        }
    };
    assert_eq!(unprotected(item), ["delete_all"]);
}

#[test]
fn a_verb_is_a_word_of_the_name() {
    let item = quote! {
        mod m {
            fn drop() {}
            fn end() {}
            fn r#close() {}
            fn cleanup_old() {}
            fn dropdown() {}
            fn undelete() {}
            fn ending_soon() {}
            fn close_to() {}
        }
    };
    assert_eq!(
        unprotected(item),
        ["drop", "end", "close", "cleanup_old", "close_to"]
    );
}

#[test]
fn modules_are_entered_and_everything_else_is_not() {
    let item = quote! {
        pub mod m {
            use x::delete_it;
            const F: fn() = { fn delete_in_const() {} delete_in_const };
            static N: usize = 1 < 2;
            struct S<const N: usize = { 3 }> { delete_me: fn(u8) -> u8 }
            macro_rules! m { () => { fn delete_in_macro() {} } }
            make! { fn delete_in_call() {} }
            extern "C" { fn delete_foreign(); }
            impl<T> S<{ 1 + 2 }> where T: Fn() -> u8 {
                fn delete_method() -> Foo<{ N }> { fn delete_inner() {} }
            }
            pub(in crate::a) unsafe trait T {
                type Out: Send;
                fn delete_declared(&self);
                fn delete_default(&self) {}
            }
            mod deep { pub const unsafe extern "C" fn delete_deep() {} }
            fn after() {}
        }
    };
    assert_eq!(
        unprotected(item),
        [
            "delete_method",
            "delete_declared",
            "delete_default",
            "delete_deep"
        ]
    );
}

#[test]
fn a_method_without_a_body_cannot_carry_the_attribute() {
    let errors = errors_in(&expand(
        quote!(),
        quote!(
            trait T {
                fn delete(&self);
            }
        ),
    ));
    assert!(errors[0].contains("in each `impl`"), "{errors:?}");
}

#[test]
fn a_function_that_is_not_async_is_told_to_become_so() {
    let item = quote!(
        impl Disk {
            fn delete(&self) {}
        }
    );
    let told = errors_in(&expand(quote!(), item));
    assert!(
        told[0].contains("make it an `async fn` with `#[destructive]`"),
        "{told:?}"
    );
}

#[test]
fn a_permit_is_found_wherever_it_is_in_the_parameters() {
    let item = quote! {
        impl Disk {
            fn delete_both((permit, all): (&DestructivePermit, bool)) {}
            fn delete_none((all, none): (bool, bool)) {}
        }
    };
    assert_eq!(unprotected(item), ["delete_none"]);
}

#[test]
fn drop_of_the_trait_drop_is_the_compilers() {
    assert_eq!(
        unprotected(quote!(
            impl<T: Fn()> ops::Drop for Guard<T> {
                fn drop(&mut self) {}
            }
        )),
        [""; 0]
    );
    assert_eq!(
        unprotected(quote!(
            impl<T> Drop for Guard<T>
            where
                for<'a> &'a T: Send,
            {
                fn drop(&mut self) {}
            }
        )),
        [""; 0]
    );
    assert_eq!(
        unprotected(quote!(
            mod m {
                impl Drop for Guard {
                    fn drop(&mut self) {}
                }
                impl Dropper for Guard {
                    fn drop(&mut self) {}
                }
            }
        )),
        ["drop"]
    );
}

#[test]
fn verbs_replace_the_list() {
    let item = quote!(impl Disk { fn smash_all() {} fn delete() {} });
    let errors = errors_in(&expand(quote!(verbs = ["smash_"]), item));
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("`smash_all` sounds destructive (`smash`)"));
}

#[test]
fn verbs_are_the_starts_of_names() {
    let item = quote!(impl Disk {});
    assert_eq!(
        errors_in(&expand(
            quote!(verbs = ["a", "a", "", "b c", 3]),
            item.clone()
        )),
        [
            "`a` is listed twice",
            "a verb is how a function's name starts: write it as `\"smash\"`",
            "a verb is how a function's name starts: write it as `\"smash\"`",
            "a verb is how a function's name starts: write it as `\"smash\"`",
        ]
    );
    for args in [quote!(verbs = []), quote!(verbs = "smash")] {
        assert_eq!(
            errors_in(&expand(args, item.clone())),
            [
                "`verbs` is a list of how destructive names start: write `verbs = [\"smash\"]`, \
                 or leave it out for the usual ones"
            ]
        );
    }
}

#[test]
fn other_items_are_no_surface() {
    for item in [
        quote!(
            pub fn delete() {}
        ),
        quote!(
            struct S;
        ),
        quote!(
            mod elsewhere;
        ),
    ] {
        assert_eq!(
            errors_in(&expand(quote!(), item)),
            ["`#[destructive_surface]` goes on an `impl`, a `trait` or a `mod name { .. }`"]
        );
    }
}

#[test]
fn an_unfinished_body_hides_no_function() {
    let item = quote!(impl S { fn a() { let x = ; self. } fn delete() {} });
    assert_eq!(unprotected(item), ["delete"]);
}

#[test]
fn what_macro_rules_passed_on_hides_no_function() {
    let passed_on = |tokens| proc_macro2::Group::new(proc_macro2::Delimiter::None, tokens);
    let (body, item) = (
        passed_on(quote!({ 1 })),
        passed_on(quote!(
            fn close() {}
        )),
    );
    let item = quote!(impl S { fn a() -> u8 #body fn delete() {} #item });
    assert_eq!(unprotected(item), ["delete", "close"]);
}
