use proc_macro2::Span;
use syn::{Expr, Ident, LitStr, Path};

use crate::args::{Args, CRATE, Crate, Key, Name, Spec, Time};
use crate::errors::Errors;
use crate::wrap::Written;

pub(crate) const SPEC: Spec = Spec {
    attribute: "guarded",
    keys: &[
        Key::new("deps", "deps = [\"redis\"]"),
        Key::new("timeout", "timeout = \"2s\""),
        Key::new("attempts", "attempts = 3"),
        Key::new("backoff", "backoff = \"100ms..5s\""),
        Key::new("fallback", "fallback = from_cache"),
        Key::new("shed", "shed = \"degraded\""),
        Key::new("level", "level = \"search degraded\""),
        Key::expression("key", "key = url.host_str()"),
        Key::new("role", "role = \"metadata\""),
        Key::new("classify", "classify = by_status"),
        Key::new("bulkhead", "bulkhead = 64"),
        CRATE,
    ],
};

/// The states that `shed` takes, and their names in the runtime.
const STATES: [&str; 2] = ["degraded", "unhealthy"];

/// The arguments as written. What they mean for each other is for `check.rs`.
pub(crate) struct Guarded {
    pub(crate) deps: Vec<Name>,
    /// `Some(None)` is `"none"`.
    pub(crate) timeout: Option<Option<Time>>,
    pub(crate) attempts: Option<u32>,
    /// The first wait and the longest.
    pub(crate) backoff: Option<(Ident, (Time, Time))>,
    pub(crate) fallback: Option<Path>,
    pub(crate) shed: Option<&'static str>,
    pub(crate) level: Option<LitStr>,
    pub(crate) keys: Vec<Keyed>,
    pub(crate) role: Option<LitStr>,
    pub(crate) classify: Option<Path>,
    pub(crate) bulkhead: Option<u32>,
    pub(crate) krate: Option<Crate>,
    /// Where the argument is that makes the call need its arguments more than once.
    pub(crate) repeats_at: Option<(&'static str, Span)>,
}

/// A key, and which of the dependencies has a breaker for it.
pub(crate) struct Keyed {
    pub(crate) dependency: usize,
    pub(crate) key: Expr,
}

pub(crate) fn parse(written: Written, errors: &mut Errors) -> Guarded {
    let mut args = Args::read(&SPEC, written.args, errors);
    let deps = match args.take("deps") {
        Some((key, value)) => {
            let empty = value.is_empty_list();
            if empty {
                errors.at(
                    &value,
                    "name at least one dependency that the function calls: `deps = [\"redis\"]`",
                );
            }
            value.names(&key, errors)
        }
        None => {
            errors.at_span(
                written.at,
                "which dependencies does this function call? Write `#[guarded(deps = [\"redis\"])]`",
            );
            None
        }
    };
    let deps = deps.unwrap_or_default();
    let mut repeats_at = None;
    let attempts = args.take("attempts").and_then(|(key, value)| {
        repeats_at = Some(("attempts", key.span()));
        value.count(&key, "counts the tries in all, the first included", errors)
    });
    let fallback = args.take("fallback").and_then(|(key, value)| {
        repeats_at.get_or_insert(("fallback", key.span()));
        value.function(&key, errors)
    });
    let backoff = args.take("backoff").and_then(|(key, value)| {
        let waits = value.range(&key, errors)?;
        Some((key, waits))
    });
    let keys = args
        .take("key")
        .map(|(_, value)| {
            let mut keys = Vec::new();
            for (name, key) in value.keys() {
                keys.extend(keyed(name, key, &deps, errors));
            }
            keys
        })
        .unwrap_or_default();
    Guarded {
        timeout: args
            .take("timeout")
            .and_then(|(key, value)| value.time_or_none(&key, errors)),
        attempts,
        backoff,
        fallback,
        shed: args
            .take("shed")
            .and_then(|(key, value)| value.word(&key, "state", STATES, errors))
            .map(|state| match state {
                "degraded" => "Degraded",
                _ => "Unhealthy",
            }),
        level: args
            .take("level")
            .and_then(|(key, value)| value.label(&key, errors)),
        keys,
        role: args
            .take("role")
            .and_then(|(key, value)| value.label(&key, errors)),
        classify: args
            .take("classify")
            .and_then(|(key, value)| value.function(&key, errors)),
        bulkhead: args.take("bulkhead").and_then(|(key, value)| {
            value.count(&key, "counts the calls that may be in flight", errors)
        }),
        krate: args.take_crate(errors),
        repeats_at,
        deps,
    }
}

/// Finds the dependency that a key belongs to: the named one, or the first.
fn keyed(name: Option<Name>, key: Expr, deps: &[Name], errors: &mut Errors) -> Option<Keyed> {
    let dependency = match &name {
        None => Some(0),
        Some(name) => deps.iter().position(|dep| dep.text() == name.text()),
    };
    if dependency.is_none()
        && !deps.is_empty()
        && let Some(name) = &name
    {
        let known = crate::suggest::list(
            deps.iter()
                .map(Name::bare)
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
        );
        errors.at(
            name,
            format!(
                "{} is not among `deps`: a key belongs to one of {known}",
                name.text()
            ),
        );
    }
    dependency.map(|dependency| Keyed { dependency, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_in_the_docs_of_the_attribute() {
        let docs = include_str!("../lib.rs");
        for key in SPEC.keys {
            let row = format!("/// | `{} = ", key.name);
            assert!(docs.contains(&row), "no row for `{}`", key.name);
        }
    }
}
