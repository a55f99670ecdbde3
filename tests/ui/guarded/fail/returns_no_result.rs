//! Types that surely are no `Result`, in every form of function.

use std::pin::Pin;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn option() -> Option<u8> {
    Some(1)
}

#[guarded(deps = ["redis"])]
async fn plain_value() -> u64 {
    1
}

#[guarded(deps = ["redis"])]
async fn unit() -> () {}

#[guarded(deps = ["redis"])]
async fn tuple() -> (u8, u8) {
    (1, 2)
}

#[guarded(deps = ["redis"])]
async fn reference(name: &str) -> &str {
    name
}

#[guarded(deps = ["redis"])]
fn future() -> impl Future<Output = bool> {
    async { true }
}

#[guarded(deps = ["redis"])]
fn boxed() -> Pin<Box<dyn Future<Output = Vec<u8>>>> {
    Box::pin(async { vec![] })
}

fn main() {
    drop((option(), plain_value(), unit(), tuple(), reference(""), future(), boxed()));
}
