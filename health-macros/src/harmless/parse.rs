use proc_macro2::{Span, TokenStream};

use crate::args::{Args, CRATE, Key, Spec};
use crate::errors::Errors;

pub(crate) const SPEC: Spec = Spec {
    attribute: "harmless",
    keys: &[
        Key::new("reason", "reason = \"it only closes the door\""),
        CRATE,
    ],
};

/// The reason is for whoever reads the source, and for a search through it.
pub(crate) fn check(args: TokenStream, at: Span, errors: &mut Errors) {
    let mut args = Args::read(&SPEC, args, errors);
    match args.take("reason") {
        Some((key, value)) => drop(value.sentence(&key, errors)),
        None => errors.at_span(
            at,
            "why is it harmless? Write `#[harmless(reason = \"it only closes the door\")]`",
        ),
    }
    args.take_crate(errors);
}
