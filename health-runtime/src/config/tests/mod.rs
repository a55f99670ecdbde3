//! What holds for configuration as a whole. Its parts have their tests at their feet.
//!
//! - [`errors`]: what is told of a configuration that is wrong, as prose
//! - [`layers`]: who wins, and who is said to have won
//! - [`names`]: what dependencies, roles and levels a configuration can name
//! - [`published`]: the files that are generated, and the examples
//! - [`reload`]: a configuration that changes while the service runs

mod errors;
mod layers;
mod names;
mod published;
mod reload;

use super::Config;
use crate::dependency::Dependency;
use crate::init::{HealthGuard, InitError};
use crate::policy::Policy;
use crate::registry::HealthRegistry;

/// Starts a registry of its own with this configuration and these dependencies.
async fn start(config: Config, names: &[&str]) -> Result<HealthGuard, InitError> {
    let dependencies = names.iter().map(|name| Dependency::new(*name));
    start_with(config, dependencies).await
}

async fn start_with(
    config: Config,
    dependencies: impl IntoIterator<Item = Dependency>,
) -> Result<HealthGuard, InitError> {
    let registry = HealthRegistry::builder().seed(7).build().unwrap();
    let mut builder = crate::init::builder().registry(registry).config(config);
    for dependency in dependencies {
        builder = builder.dependency(dependency);
    }
    // Attributes of other tests in this binary mention names of their own.
    for site in crate::inventory::call_sites() {
        for name in site.deps {
            builder = builder.dependency(Dependency::new(*name));
        }
    }
    builder.init().await
}

fn policy(guard: &HealthGuard, name: &str, key: Option<&str>, role: Option<&str>) -> Policy {
    let entry = guard.registry().directory().get(name).unwrap();
    entry.policies().resolve(key, role)
}
