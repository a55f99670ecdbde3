//! Items that are no functions, and a declaration without a body.

use std::io::Error;

use health_runtime::destructive;

struct Store;

#[destructive]
impl Store {}

trait Wipe {
    #[destructive]
    async fn wipe(&self) -> Result<(), Error>;
}

fn main() {
    drop(Store);
}
