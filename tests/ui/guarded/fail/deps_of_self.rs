//! The names live in a `static`, where `Self` means nothing.

use std::io::Error;

struct Client;

impl Client {
    const REDIS: &'static str = "redis";

    #[health_runtime::guarded(deps = [Self::REDIS])]
    async fn load(&self) -> Result<(), Error> {
        Ok(())
    }
}

fn main() {
    drop(Client.load());
}
