use proc_macro2::TokenStream;
use quote::quote;

use super::*;
use crate::{destructive, guarded, harmless, probe};

fn read(tokens: TokenStream) -> (Args, Vec<String>) {
    let mut errors = Errors::new();
    let args = Args::read(&destructive::SPEC, tokens, &mut errors);
    (args, errors.messages())
}

fn slips(tokens: TokenStream) -> Vec<String> {
    read(tokens).1
}

fn names(tokens: TokenStream) -> Result<usize, Vec<String>> {
    let mut errors = Errors::new();
    let mut args = Args::read(&guarded::SPEC, quote!(deps = #tokens), &mut errors);
    let (key, value) = args.take("deps").expect("`deps` was given");
    let names = value.names(&key, &mut errors);
    match names {
        Some(names) if errors.is_empty() => Ok(names.len()),
        _ => Err(errors.messages()),
    }
}

#[test]
fn every_key_is_taken_once() {
    let (mut args, slips) = read(quote!(deps = ["s3"], budget = "1/1m", crate = a::b,));
    assert_eq!(slips, [""; 0]);
    assert!(args.take("deps").is_some());
    assert!(args.take("deps").is_none());
    assert!(args.take("budget").is_some());
    assert!(args.take_crate(&mut Errors::new()).is_some());
}

#[test]
fn an_unknown_key_gets_the_nearest_one() {
    assert_eq!(
        slips(quote!(bypas = "x")),
        [
            "unknown argument `bypas`; did you mean `bypass`? (`#[destructive]` takes `deps`, \
             `budget`, `permit`, `bypass` and `crate`)"
        ]
    );
    assert_eq!(
        slips(quote!(retries = 3)),
        [
            "unknown argument `retries`; `#[destructive]` takes `deps`, `budget`, `permit`, \
             `bypass` and `crate`"
        ]
    );
}

#[test]
fn a_key_of_another_attribute_is_told_apart_from_an_unknown_one() {
    assert_eq!(
        slips(quote!(every = "5s")),
        [
            "`every` is an argument of `#[probe]`; `#[destructive]` takes `deps`, `budget`, \
             `permit`, `bypass` and `crate`"
        ]
    );
}

#[test]
fn slips_are_reported_together_and_reading_goes_on() {
    assert_eq!(
        slips(
            quote!("s3", deps = ["a"] budget = "1/1m", permit, deps = ["b"], bypass(x), crate: y)
        ),
        [
            "expected an argument with its name: `deps = [\"s3\"]`",
            "missing comma before `budget`",
            "`permit` needs a value: `permit = \"permit\"`",
            "`deps` is given twice",
            "write `bypass = \"user_confirmed\"`, with `=`, instead of `bypass(..)`",
            "write `crate = my_facade::health_runtime`, with `=`, instead of `crate: ..`",
        ]
    );
}

#[test]
fn a_value_without_its_name_is_shown_with_the_name_that_is_first() {
    let slips = |spec: &'static Spec| {
        let mut errors = Errors::new();
        drop(Args::read(spec, quote!("s4"), &mut errors));
        errors.messages()
    };
    let told = |example| [format!("expected an argument with its name: `{example}`")];
    assert_eq!(slips(&guarded::SPEC), told("deps = [\"s4\"]"));
    assert_eq!(slips(&probe::SPEC), told("dep = \"s4\""));
    assert_eq!(slips(&harmless::SPEC), told(harmless::SPEC.keys[0].example));
}

#[test]
fn commas_without_arguments_are_reported() {
    assert_eq!(
        slips(quote!(, deps = ["a"],,)),
        [
            "expected an argument before this comma",
            "expected an argument before this comma"
        ]
    );
}

#[test]
fn a_value_is_missing_where_the_next_argument_starts() {
    assert_eq!(
        slips(quote!(permit = budget = "1/1m")),
        [
            "`permit` needs a value: `permit = \"permit\"`",
            "missing comma before `budget`"
        ]
    );
}

#[test]
fn what_follows_a_value_is_reported_once() {
    assert_eq!(
        slips(quote!(budget = "1/1m" + 3 * 4, permit = "x")),
        ["expected a comma here: the value before this is complete"]
    );
}

#[test]
fn names_are_strings_or_paths() {
    assert_eq!(names(quote!(["redis", REDIS, crate::deps::API])), Ok(3));
}

#[test]
fn a_single_name_is_shown_as_a_list() {
    assert_eq!(
        names(quote!("api")),
        Err(vec![
            "`deps` takes a list of names: write `deps = [\"api\"]`".to_owned()
        ])
    );
    assert_eq!(
        names(quote!(REDIS)),
        Err(vec![
            "`deps` takes a list of names: write `deps = [REDIS]`".to_owned()
        ])
    );
    assert_eq!(
        names(quote!(-1)),
        Err(vec![
            "`deps` takes a list of names: write `deps = [\"redis\"]`".to_owned()
        ])
    );
}

#[test]
fn wrong_names_are_reported_each() {
    assert_eq!(
        names(quote!(["", " api", "api", "api", 6379, Self::API])),
        Err(vec![
            "this name is blank: write the one that the dependency is declared with, such as \
             `\"redis\"`"
                .to_owned(),
            "this name has spaces around it: write `\"api\"`".to_owned(),
            "`api` is listed twice".to_owned(),
            "a dependency's name is a string, or the path of a `const` one: write `\"redis\"` or \
             `REDIS`"
                .to_owned(),
            "`Self` cannot be named here: the name is kept in a `static`, so write the type \
             itself, such as `Client::REDIS`"
                .to_owned(),
        ])
    );
}

#[test]
fn a_name_may_be_bare_or_quoted() {
    for written in [quote!(permit = "token"), quote!(permit = token)] {
        let (mut args, _) = read(written);
        let (_, value) = args.take("permit").expect("`permit` was given");
        let name = value.ident("", &mut Errors::new());
        assert_eq!(name.expect("a name was written").to_string(), "token");
    }
}
