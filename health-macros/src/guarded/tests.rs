use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::parse::{Guarded, parse};
use crate::errors::Errors;
use crate::testing::errors_in;
use crate::wrap::{Attribute, Written, expand};

/// What is read of `arguments`, beside `deps`, and what is said of it.
fn read(arguments: TokenStream) -> (Guarded, Vec<String>) {
    let mut errors = Errors::new();
    let written = Written {
        args: quote!(deps = ["redis", API], #arguments),
        at: Span::call_site(),
    };
    let guarded = parse(written, &mut errors);
    (guarded, errors.messages())
}

fn well(arguments: TokenStream) -> Guarded {
    let text = arguments.to_string();
    let (guarded, errors) = read(arguments);
    assert_eq!(errors, [""; 0], "{text}");
    guarded
}

fn path(path: Option<impl ToTokens>) -> Option<String> {
    path.map(|path| path.to_token_stream().to_string().replace(' ', ""))
}

#[test]
fn every_argument_is_read_as_it_is_written() {
    let guarded = well(quote!(
        timeout = "2s",
        attempts = 3,
        backoff = "100ms..5s",
        fallback = cache::read,
        shed = "unhealthy",
        level = "search degraded",
        role = "metadata",
        classify = by_status::<Page>,
        bulkhead = 64
    ));
    assert_eq!(guarded.deps[0].bare(), "redis");
    assert_eq!(guarded.deps[1].bare(), "API");
    assert_eq!(guarded.timeout.unwrap().unwrap().millis, 2_000);
    assert_eq!(guarded.attempts, Some(3));
    let (_, (first, longest)) = guarded.backoff.unwrap();
    assert_eq!((first.millis, longest.millis), (100, 5_000));
    assert_eq!(path(guarded.fallback), Some("cache::read".to_owned()));
    assert_eq!(guarded.shed, Some("Unhealthy"));
    assert_eq!(guarded.level.unwrap().value(), "search degraded");
    assert_eq!(guarded.role.unwrap().value(), "metadata");
    assert_eq!(
        path(guarded.classify),
        Some("by_status::<Page>".to_owned()),
        "with its generic arguments"
    );
    assert_eq!(guarded.bulkhead, Some(64));
    assert_eq!(guarded.repeats_at.unwrap().0, "attempts");

    assert_eq!(well(quote!(shed = "degraded")).shed, Some("Degraded"));
    let unlimited = well(quote!(timeout = "none")).timeout;
    assert!(unlimited.is_some_and(|time| time.is_none()));
    assert!(well(quote!()).timeout.is_none());
}

#[test]
fn a_key_is_any_expression_and_may_say_whose_it_is() {
    let keys = |arguments| {
        let keys = well(arguments).keys.into_iter();
        keys.map(|key| (key.dependency, path(Some(key.key)).unwrap()))
            .collect::<Vec<_>>()
    };
    let key = |dependency, key: &str| (dependency, key.to_owned());
    assert_eq!(keys(quote!(key = url.host())), [key(0, "url.host()")]);
    assert_eq!(keys(quote!(key = a == b)), [key(0, "a==b")]);
    assert_eq!(
        keys(quote!(key = [API = of(1, 2), "redis" = shard])),
        [key(1, "of(1,2)"), key(0, "shard")]
    );
    // The elements of an array are no keys of their own, whatever they compare.
    assert_eq!(keys(quote!(key = [a, b])), [key(0, "[a,b]")]);
    assert_eq!(keys(quote!(key = [a == b])), [key(0, "[a==b]")]);
    assert_eq!(keys(quote!(key = [1])), [key(0, "[1]")]);
    // Whatever follows is read as if nothing had been before it.
    let guarded = well(quote!(key = ["redis" = shard], attempts = 2));
    assert_eq!((guarded.keys.len(), guarded.attempts), (1, Some(2)));
}

#[test]
fn a_key_that_is_missing_or_cut_off_is_told() {
    let needs = "`key` needs a value: `key = url.host_str()`";
    for arguments in [quote!(key), quote!(key = ), quote!(key = , role = "a")] {
        assert_eq!(read(arguments).1, [needs]);
    }
    assert_eq!(
        read(quote!(key = [API = a "redis" = b])).1,
        ["expected `,`"]
    );
    assert_eq!(
        read(quote!(key = ["dns" = a])).1,
        ["`dns` is not among `deps`: a key belongs to one of `redis` and `API`"]
    );
}

#[test]
fn what_is_wrong_with_an_argument_is_told_with_what_to_write() {
    for (arguments, told) in [
        (
            quote!(attempts = 0),
            "`attempts` counts the tries in all, the first included: write at least 1",
        ),
        (
            quote!(attempts = "3"),
            "`attempts` is a number: write `attempts = 3`, without the quotes",
        ),
        (
            quote!(attempts = "three"),
            "`attempts` counts the tries in all, the first included: write a whole number, such \
             as `attempts = 3`",
        ),
        (
            quote!(attempts = tries + 1),
            "`attempts` counts the tries in all, the first included: write a whole number, such \
             as `attempts = 3`",
        ),
        (
            quote!(bulkhead = -1),
            "`bulkhead` counts the calls that may be in flight: write a whole number, such as \
             `bulkhead = 3`",
        ),
        (
            quote!(timeout = none),
            "write it in quotes: `timeout = \"none\"`",
        ),
        (
            quote!(timeout = None),
            "write it in quotes: `timeout = \"none\"`",
        ),
        (
            quote!(timeout = never),
            "`timeout` is a span of time: write a number and a unit: \"2s\"",
        ),
        (
            quote!(timeout = "never"),
            "`timeout`: write a number and a unit: \"2s\"",
        ),
        (
            quote!(backoff = 3),
            "`backoff` says the first wait and the longest: write `backoff = \"100ms..5s\"`",
        ),
        (
            quote!(backoff = "5s..1s"),
            "`backoff`: the first wait comes first, the longest last: \"1s..5s\"",
        ),
        (
            quote!(shed = "degrade"),
            "unknown state `degrade`; did you mean `degraded`? (`shed` takes `degraded` or \
             `unhealthy`)",
        ),
        (
            quote!(shed = unhealthy),
            "write it in quotes: `shed = \"unhealthy\"`",
        ),
        (
            quote!(shed = often),
            "`shed` takes `degraded` or `unhealthy`, in quotes",
        ),
        (
            quote!(level = " "),
            "`level` is a name in quotes: write `level = \"search degraded\"`",
        ),
        (
            quote!(role = 3),
            "`role` is a name in quotes: write `role = \"metadata\"`",
        ),
        (
            quote!(role = reading),
            "`role` is a name in quotes: write `role = \"reading\"`",
        ),
        (
            quote!(fallback = "from_cache"),
            "`fallback` is the path of a function, not a text: write `fallback = from_cache`",
        ),
        (
            quote!(classify = <Page as Classes>::of),
            "`classify` is the path of a function: write `classify = from_cache`",
        ),
        (
            quote!(classify = (by_status)),
            "`classify` is the path of a function: write `classify = from_cache`",
        ),
    ] {
        let written = arguments.to_string();
        assert_eq!(read(arguments).1, [told], "{written}");
    }
}

#[test]
fn an_argument_without_its_value_is_told_once() {
    for (key, example) in [
        ("timeout", "timeout = \"2s\""),
        ("attempts", "attempts = 3"),
        ("backoff", "backoff = \"100ms..5s\""),
        ("fallback", "fallback = from_cache"),
        ("shed", "shed = \"degraded\""),
        ("level", "level = \"search degraded\""),
        ("role", "role = \"metadata\""),
    ] {
        let name = proc_macro2::Ident::new(key, Span::call_site());
        let told = format!("`{key}` needs a value: `{example}`");
        for arguments in [
            quote!(#name),
            quote!(#name = ),
            quote!(#name = , bulkhead = 1),
        ] {
            let (guarded, errors) = read(arguments);
            assert!(errors == [told.as_str()], "{errors:?}");
            assert!(guarded.bulkhead.is_none_or(|cap| cap == 1));
        }
    }
}

/// What `macro_rules!` makes of `$value:expr`.
fn passed_in(value: TokenStream) -> TokenTree {
    TokenTree::Group(Group::new(Delimiter::None, value))
}

#[test]
fn a_value_that_a_macro_has_passed_in_is_as_good_as_one_that_is_written() {
    let (attempts, function) = (passed_in(quote!(3)), passed_in(quote!(cache::read::<u8>)));
    let guarded = well(quote!(attempts = #attempts, fallback = #function));
    assert_eq!(guarded.attempts, Some(3));
    assert_eq!(path(guarded.fallback), Some("cache::read::<u8>".to_owned()));
}

fn guarded(arguments: TokenStream, function: TokenStream) -> Vec<String> {
    let arguments = quote!(deps = ["redis"], #arguments);
    errors_in(&expand(Attribute::Guarded, arguments, function))
}

#[test]
fn waits_without_attempts_are_refused() {
    let function = quote!(
        async fn f() -> Result<(), E> {
            x
        }
    );
    assert_eq!(
        guarded(quote!(backoff = "1s"), function.clone()),
        ["`backoff` is the wait between attempts: say how many there are, too: `attempts = 3`"]
    );
    let both = quote!(backoff = "1s", attempts = 2);
    assert_eq!(guarded(both, function), [""; 0]);
}

#[test]
fn what_is_repeated_needs_a_function_that_can_be_called_again() {
    let future = quote!(
        fn f() -> impl Future<Output = Result<(), E>> {
            x
        }
    );
    for (arguments, argument) in [
        (quote!(attempts = 2), "attempts"),
        (quote!(fallback = other), "fallback"),
    ] {
        let told = guarded(arguments.clone(), future.clone());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(&format!("`{argument}` needs an `async fn`")));
        for (receiver, is_enough) in [
            (quote!(self), false),
            (quote!(mut self), false),
            (quote!(self: Self), false),
            (quote!(self: Box<Self>), false),
            (quote!(self: std::boxed::Box<Self>), false),
            (quote!(&self), true),
            (quote!(self: &Self), true),
            (quote!(self: Arc<Self>), true),
        ] {
            let function = quote!(async fn f(#receiver) -> Result<(), E> { x });
            let told = guarded(arguments.clone(), function.clone());
            let needs = format!(
                "`{argument}` needs `self` more than once: take it by reference, `&self`, or as \
                 `self: Arc<Self>`"
            );
            let expected = if is_enough { vec![] } else { vec![needs] };
            assert_eq!(told, expected, "{receiver}");
            assert_eq!(guarded(quote!(), function), [""; 0], "{receiver}");
        }
    }
    assert_eq!(guarded(quote!(), future), [""; 0]);
}

#[test]
fn each_layer_makes_a_layered_call_and_a_limit_of_time_does_not() {
    for (arguments, repeats, is_layered) in [
        (quote!(), false, false),
        (quote!(timeout = "1s"), false, false),
        (quote!(classify = by_status), false, false),
        (quote!(attempts = 2), true, true),
        (quote!(fallback = other), true, true),
        (quote!(shed = "degraded"), false, true),
        (quote!(level = "slow"), false, true),
        (quote!(bulkhead = 1), false, true),
        (quote!(key = host), false, true),
        (quote!(role = "reads"), false, true),
    ] {
        let written = arguments.to_string();
        let guarded = well(arguments);
        assert_eq!(guarded.repeats(), repeats, "{written}");
        assert_eq!(guarded.is_layered(), is_layered, "{written}");
    }
}
