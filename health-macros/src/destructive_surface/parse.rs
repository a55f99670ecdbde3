use proc_macro2::TokenStream;
use syn::Ident;

use crate::args::{Args, CRATE, Key, Spec, Value};
use crate::errors::Errors;

pub(crate) const SPEC: Spec = Spec {
    attribute: "destructive_surface",
    keys: &[Key::new("verbs", "verbs = [\"smash\"]"), CRATE],
};

const VERBS: [&str; 7] = [
    "delete",
    "terminate",
    "close",
    "purge",
    "drop",
    "end",
    "cleanup",
];

/// The verbs that a destructive name starts with.
pub(crate) fn parse(args: TokenStream, errors: &mut Errors) -> Vec<String> {
    let mut args = Args::read(&SPEC, args, errors);
    args.take_crate(errors);
    match args.take("verbs") {
        Some((_, Value::List(_, items))) if !items.is_empty() => {
            let mut verbs = Vec::new();
            for item in items {
                match verb(&item) {
                    Some(verb) if !verbs.contains(&verb) => verbs.push(verb),
                    Some(verb) => errors.at(item, format!("`{verb}` is listed twice")),
                    None => errors.at(
                        item,
                        "a verb is how a function's name starts: write it as `\"smash\"`",
                    ),
                }
            }
            verbs
        }
        Some((key, value)) => {
            if !matches!(value, Value::Missing) {
                let at = if value.is_empty_list() {
                    None
                } else {
                    Some(&value)
                };
                let message = "`verbs` is a list of how destructive names start: write \
                               `verbs = [\"smash\"]`, or leave it out for the usual ones";
                match at {
                    Some(value) => errors.at(value, message),
                    None => errors.at(&key, message),
                }
            }
            Vec::new()
        }
        None => VERBS.map(str::to_owned).to_vec(),
    }
}

fn verb(item: &Value) -> Option<String> {
    let Value::Text(text) = item else {
        return None;
    };
    let verb = text.value().trim_end_matches('_').to_owned();
    // Whatever can start a name: keywords too, though they cannot be one.
    let name = format!("{verb}_x");
    (!verb.is_empty() && syn::parse_str::<Ident>(&name).is_ok()).then_some(verb)
}
