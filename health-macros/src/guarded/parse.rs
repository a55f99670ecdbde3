use crate::args::{Args, CRATE, Crate, Key, Name, Spec};
use crate::errors::Errors;
use crate::wrap::Written;

pub(crate) const SPEC: Spec = Spec {
    attribute: "guarded",
    keys: &[
        Key {
            name: "deps",
            example: "deps = [\"redis\"]",
        },
        CRATE,
    ],
};

pub(crate) struct Guarded {
    pub(crate) deps: Vec<Name>,
    pub(crate) krate: Option<Crate>,
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
    Guarded {
        deps: deps.unwrap_or_default(),
        krate: args.take_crate(errors),
    }
}
