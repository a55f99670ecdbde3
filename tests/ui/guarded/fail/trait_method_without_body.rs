//! A declaration has no body to guard.

use std::io::Error;

use health_runtime::guarded;

trait Load {
    #[guarded(deps = ["redis"])]
    async fn load(&self, id: u8) -> Result<(), Error>;
}

impl Load for u8 {
    async fn load(&self, _id: u8) -> Result<(), Error> {
        Ok(())
    }
}

fn main() {
    drop(1_u8.load(2));
}
