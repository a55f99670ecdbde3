//! A future in a type that the attribute does not know.

use std::io::Error;
use std::pin::Pin;

use health_runtime::guarded;

type Answer = Pin<Box<dyn Future<Output = Result<u8, Error>>>>;

#[guarded(deps = ["redis"])]
fn load() -> Answer {
    Box::pin(async { Ok(1) })
}

fn main() {
    drop(load());
}
