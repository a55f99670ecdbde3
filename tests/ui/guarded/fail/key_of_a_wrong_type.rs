//! A key has a text: it is a string, a number, an address or an option of these.

use health_runtime::{DependencyUnhealthy, guarded};

struct Url;

#[guarded(deps = ["http"], key = url)]
async fn one(url: Url) -> Result<(), DependencyUnhealthy> {
    drop(url);
    Ok(())
}

#[guarded(deps = ["http", "dns"], key = ["http" = host, "dns" = ratio])]
async fn two(host: &str, ratio: f64) -> Result<usize, DependencyUnhealthy> {
    drop(ratio);
    Ok(host.len())
}

#[guarded(deps = ["http"], key = tenant.name)]
async fn three(tenant: &str) -> Result<usize, DependencyUnhealthy> {
    Ok(tenant.len())
}

fn main() {}
