//! A key belongs to one of the dependencies.

use health_runtime::{DependencyUnhealthy, guarded};

#[guarded(deps = ["http", "dns"], key = ["htp" = host])]
async fn one(host: &str) -> Result<usize, DependencyUnhealthy> {
    Ok(host.len())
}

#[guarded(deps = ["http", "dns"], key = ["http" = host, "resolver" = host])]
async fn two(host: &str) -> Result<usize, DependencyUnhealthy> {
    Ok(host.len())
}

#[guarded(deps = ["http"], key = )]
async fn three(host: &str) -> Result<usize, DependencyUnhealthy> {
    Ok(host.len())
}

fn main() {}
