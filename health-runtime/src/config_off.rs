//! The twin of `config` without its feature: nothing is read, nothing is changed.

use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::annotate::SiteInfo;
use crate::degradation::Degradation;
use crate::dependency::{Dependency, Directory};
use crate::gate::{Gate, GatePolicy};

#[derive(Debug, Default)]
pub(crate) struct Setup;

pub(crate) struct Loaded;

impl Loaded {
    #[expect(clippy::unused_self, reason = "the twin keeps the signature")]
    pub(crate) const fn level_names(&self) -> Option<Vec<String>> {
        None
    }
}

impl Setup {
    pub(crate) fn load(
        &self,
        _: &GatePolicy,
        _: impl FnOnce() -> Vec<Dependency>,
        _: impl FnOnce() -> Vec<String>,
        _: &[&'static SiteInfo],
        _: fn(&[&'static SiteInfo], &[&str]) -> Vec<String>,
    ) -> (Loaded, Vec<String>) {
        (Loaded, Vec::new())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Slot {}

impl Slot {
    pub(crate) fn install(
        &self,
        _: Loaded,
        _: &Arc<Directory>,
        _: &Arc<Gate>,
        _: &Arc<Degradation>,
    ) {
    }

    pub(crate) fn stop(&self) -> Vec<JoinHandle<()>> {
        Vec::new()
    }

    pub(crate) fn withdraw(&self) {}
}
