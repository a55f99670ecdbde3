//! The twin of `fault` for builds without the feature `testing`: no call meets a fault.

use std::task::Context;

use crate::error::DependencyUnhealthy;
use crate::name::Name;
use crate::outcome::Outcome;

#[derive(Debug, Default)]
pub(crate) struct Faults;

impl Faults {
    /// Whether calls can meet faults in this build.
    pub(crate) const ARE_POSSIBLE: bool = false;

    #[expect(clippy::unused_self, reason = "the twin keeps the signature")]
    pub(crate) fn next(
        &self,
        _dependency: Name,
        _is_of: impl Fn(Option<&str>, Option<&str>) -> bool,
    ) -> Option<Fault> {
        None
    }
}

#[derive(Debug)]
pub(crate) enum Fault {}

#[expect(dead_code, reason = "the twin keeps what its callers match on")]
pub(crate) enum Met {
    Nothing,
    Wait,
    Error(DependencyUnhealthy),
}

impl Fault {
    pub(crate) const MESSAGE: &'static str = "";

    pub(crate) fn poll(&mut self, _cx: &mut Context<'_>) -> Met {
        match *self {}
    }

    pub(crate) const fn outcome(&self) -> Outcome {
        match *self {}
    }

    pub(crate) const fn dependency(&self) -> Name {
        match *self {}
    }
}
