//! Async methods of traits: in an `impl`, and as a default body.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]
#![allow(async_fn_in_trait, reason = "the trait is private to this file")]

use std::io::Error;

use health_runtime::guarded;

trait Load {
    const NAME: &'static str;

    async fn load(&self, id: u8) -> Result<u8, Error>;

    #[guarded(deps = ["redis"])]
    async fn load_twice(&self, id: u8) -> Result<u8, Error> {
        let first = self.load(id).await?;
        Ok(first + self.load(id).await?)
    }

    fn returns_impl(&self) -> impl Future<Output = Result<&'static str, Error>> + Send;
}

struct Client;

impl Load for Client {
    const NAME: &'static str = "client";

    #[guarded(deps = ["redis"])]
    async fn load(&self, id: u8) -> Result<u8, Error> {
        Ok(id + 1)
    }

    #[guarded(deps = ["redis"])]
    async fn returns_impl(&self) -> Result<&'static str, Error> {
        Ok(Self::NAME)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Client.load(1).await.unwrap(), 2);
    assert_eq!(Client.load_twice(1).await.unwrap(), 4);
    assert_eq!(Client.returns_impl().await.unwrap(), "client");
}
