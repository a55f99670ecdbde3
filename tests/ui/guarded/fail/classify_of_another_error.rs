//! The function that classifies takes a reference to the error and gives an outcome.

use health_runtime::{DependencyUnhealthy, Outcome, guarded};

fn of_a_number(_: &u32) -> Outcome {
    Outcome::Neutral
}

fn by_value(_: DependencyUnhealthy) -> Outcome {
    Outcome::Neutral
}

fn no_outcome(_: &DependencyUnhealthy) -> bool {
    true
}

#[guarded(deps = ["redis"], classify = of_a_number)]
async fn one() -> Result<u32, DependencyUnhealthy> {
    Ok(1)
}

#[guarded(deps = ["redis"], classify = by_value)]
async fn two() -> Result<u32, DependencyUnhealthy> {
    Ok(2)
}

#[guarded(deps = ["redis"], classify = no_outcome)]
async fn three() -> Result<u32, DependencyUnhealthy> {
    Ok(3)
}

fn main() {}
