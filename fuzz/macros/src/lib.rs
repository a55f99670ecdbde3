//! The modules of `health-macros` as a library: a proc-macro crate can be used by the compiler only.
//!
//! The files are those of the crate itself, under the same names, so that their `crate::` paths hold.
//! What `lib.rs` has there besides the attributes, [`takes`], is here once more.
#![forbid(unsafe_code)]
#![allow(
    dead_code,
    reason = "what only `proc_macro` calls is called by nobody here"
)]

#[path = "../../../health-macros/src/args/mod.rs"]
mod args;
#[path = "../../../health-macros/src/destructive/mod.rs"]
mod destructive;
#[path = "../../../health-macros/src/destructive_surface/mod.rs"]
mod destructive_surface;
#[path = "../../../health-macros/src/errors.rs"]
mod errors;
#[path = "../../../health-macros/src/function/mod.rs"]
mod function;
#[path = "../../../health-macros/src/guarded/mod.rs"]
mod guarded;
#[path = "../../../health-macros/src/harmless/mod.rs"]
mod harmless;
#[path = "../../../health-macros/src/probe/mod.rs"]
mod probe;
#[path = "../../../health-macros/src/suggest.rs"]
mod suggest;
#[path = "../../../health-macros/src/test/mod.rs"]
mod test;
// A second copy of `args::units`, which is private there.
#[path = "../../../health-macros/src/args/units.rs"]
mod units;
#[path = "../../../health-macros/src/wrap/mod.rs"]
mod wrap;

use proc_macro2::TokenStream;

/// An attribute of the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    /// `#[guarded]`
    Guarded,
    /// `#[destructive]`
    Destructive,
    /// `#[probe]`
    Probe,
    /// `#[destructive_surface]`
    Surface,
    /// `#[harmless]`
    Harmless,
    /// `#[health_runtime::test]`
    Test,
}

impl Attribute {
    /// The last segment of its path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guarded => "guarded",
            Self::Destructive => "destructive",
            Self::Probe => "probe",
            Self::Surface => "destructive_surface",
            Self::Harmless => "harmless",
            Self::Test => "test",
        }
    }

    /// What the attribute, written with `args` on `item`, makes of it.
    pub fn expand(self, args: TokenStream, item: TokenStream) -> TokenStream {
        match self {
            Self::Guarded => wrap::expand(wrap::Attribute::Guarded, args, item),
            Self::Destructive => wrap::expand(wrap::Attribute::Destructive, args, item),
            Self::Probe => probe::expand(args, item),
            Self::Surface => destructive_surface::expand(args, item),
            Self::Harmless => harmless::expand(args, item),
            Self::Test => test::expand(args, item),
        }
    }

    /// Its arguments, each as the documentation writes it: `deps = ["redis"]`.
    pub fn examples(self) -> impl Iterator<Item = &'static str> {
        let spec = match self {
            Self::Guarded => &guarded::SPEC,
            Self::Destructive => &destructive::SPEC,
            Self::Probe => &probe::SPEC,
            Self::Surface => &destructive_surface::SPEC,
            Self::Harmless => &harmless::SPEC,
            Self::Test => &test::SPEC,
        };
        spec.keys.iter().map(|key| key.example)
    }
}

/// A span of time in milliseconds, as `timeout = ".."` takes it.
///
/// # Errors
///
/// What the compiler would show.
pub fn millis(text: &str) -> Result<u64, String> {
    units::millis(text).map_err(|wrong| wrong.message("2s"))
}

/// The first wait and the longest in milliseconds, as `backoff = ".."` takes them.
///
/// # Errors
///
/// What the compiler would show.
pub fn range(text: &str) -> Result<(u64, u64), String> {
    units::range(text)
}

/// How many calls in how many milliseconds, as `budget = ".."` takes them.
///
/// # Errors
///
/// What the compiler would show.
pub fn budget(text: &str) -> Result<(u32, u64), String> {
    units::budget(text)
}

/// The attribute that takes an argument of this name.
fn takes(key: &str) -> Option<&'static str> {
    [
        &guarded::SPEC,
        &destructive::SPEC,
        &probe::SPEC,
        &destructive_surface::SPEC,
        &harmless::SPEC,
    ]
    .into_iter()
    .find(|spec| spec.keys.iter().any(|known| known.name == key))
    .map(|spec| spec.attribute)
}
