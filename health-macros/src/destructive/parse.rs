use syn::Ident;

use crate::args::{Args, Budget, CRATE, Crate, Key, Name, Spec, Value};
use crate::errors::Errors;
use crate::wrap::Written;

pub(crate) const SPEC: Spec = Spec {
    attribute: "destructive",
    keys: &[
        Key::new("deps", "deps = [\"s3\"]"),
        Key::new("budget", "budget = \"50/1m\""),
        Key::new("permit", "permit = \"permit\""),
        Key::new("bypass", "bypass = \"user_confirmed\""),
        CRATE,
    ],
};

/// The arguments; `bypass` and `permit` are names that nobody has looked up yet.
pub(crate) struct Destructive {
    pub(crate) deps: Vec<Name>,
    pub(crate) budget: Option<Budget>,
    pub(crate) permit: Option<Ident>,
    pub(crate) bypass: Option<Ident>,
    pub(crate) krate: Option<Crate>,
}

pub(crate) fn parse(written: Written, errors: &mut Errors) -> Destructive {
    let mut args = Args::read(&SPEC, written.args, errors);
    let deps = args.take("deps").and_then(|(key, value)| {
        if value.is_empty_list() {
            errors.at(
                &value,
                "leave `deps` out to ask every critical dependency, or name the others that this \
                 function needs: `deps = [\"s3\"]`",
            );
        }
        value.names(&key, errors)
    });
    let budget = args
        .take("budget")
        .and_then(|(_, value)| value.budget(errors));
    let permit = args.take("permit").and_then(|(_, value)| {
        let takes = "`permit` gives the permit a name in the body: write `permit = \"permit\"`";
        value.ident(takes, errors)
    });
    let bypass = args.take("bypass").and_then(|(_, value)| match value {
        Value::Literal(constant @ syn::Lit::Bool(_)) => {
            errors.at(
                constant,
                "`bypass` names a parameter of the function; a constant would switch the gate off",
            );
            None
        }
        value => {
            let takes = "`bypass` names a parameter: write `bypass = \"user_confirmed\"`";
            value.ident(takes, errors)
        }
    });
    Destructive {
        deps: deps.unwrap_or_default(),
        budget,
        permit,
        bypass,
        krate: args.take_crate(errors),
    }
}
