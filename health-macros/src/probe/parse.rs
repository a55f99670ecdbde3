use proc_macro2::{Span, TokenStream};

use crate::args::{Args, CRATE, Crate, Key, Name, Spec, Time, Value};
use crate::errors::Errors;

pub(crate) const SPEC: Spec = Spec {
    attribute: "probe",
    keys: &[
        Key::new("dep", "dep = \"redis\""),
        Key::new("every", "every = \"5s\""),
        Key::new("timeout", "timeout = \"1s\""),
        CRATE,
    ],
};

pub(crate) struct Probe {
    pub(crate) dep: Name,
    pub(crate) every: Option<Time>,
    pub(crate) timeout: Option<Time>,
    pub(crate) krate: Crate,
}

/// `None` without a dependency; that is reported.
pub(crate) fn parse(args: TokenStream, at: Span, errors: &mut Errors) -> Option<Probe> {
    let mut args = Args::read(&SPEC, args, errors);
    let dep = match args.take("dep") {
        Some((_, list @ Value::List(..))) => {
            errors.at(
                list,
                "a probe checks one dependency: write `dep = \"redis\"`",
            );
            None
        }
        Some((_, value)) => value.name(errors),
        None => {
            errors.at_span(
                at,
                "which dependency does this check? Write `dep = \"redis\"`",
            );
            None
        }
    };
    let mut time = |name| {
        let (key, value) = args.take(name)?;
        value.time(&key, errors)
    };
    let (every, timeout) = (time("every"), time("timeout"));
    let krate = args.take_crate(errors).unwrap_or_default();
    Some(Probe {
        dep: dep?,
        every,
        timeout,
        krate,
    })
}
