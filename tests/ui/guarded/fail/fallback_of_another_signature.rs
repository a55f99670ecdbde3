//! A fallback takes the same arguments, and gives the same output.

use health_runtime::{DependencyUnhealthy, guarded};

async fn too_few(_: u32) -> Result<String, DependencyUnhealthy> {
    Ok(String::new())
}

async fn other_argument(_: u32, _: u64) -> Result<String, DependencyUnhealthy> {
    Ok(String::new())
}

async fn other_output(_: u32, _: &str) -> Result<u32, DependencyUnhealthy> {
    Ok(1)
}

async fn other_error(_: u32, _: &str, _: String) -> Result<String, DependencyUnhealthy> {
    Ok(String::new())
}

#[guarded(deps = ["redis"], fallback = too_few)]
async fn one(id: u32, name: &str) -> Result<String, DependencyUnhealthy> {
    Ok(format!("{id}{name}"))
}

#[guarded(deps = ["redis"], fallback = other_argument)]
async fn two(id: u32, name: &str) -> Result<String, DependencyUnhealthy> {
    Ok(format!("{id}{name}"))
}

#[guarded(deps = ["redis"], fallback = other_output)]
async fn three(id: u32, name: &str) -> Result<String, DependencyUnhealthy> {
    Ok(format!("{id}{name}"))
}

#[guarded(deps = ["redis"], fallback = other_error)]
async fn four(id: u32, name: &str) -> Result<String, DependencyUnhealthy> {
    Ok(format!("{id}{name}"))
}

fn main() {}
