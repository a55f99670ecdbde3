//! There is no value to call a method on.

use std::io::Error;

struct Client;

impl Client {
    #[health_runtime::probe(dep = "redis")]
    async fn ping(&self) -> Result<(), Error> {
        Ok(())
    }
}

fn main() {
    drop(Client.ping());
}
