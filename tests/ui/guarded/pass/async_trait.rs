//! With `#[async_trait]` on the trait and the `impl`: it expands first, and leaves a boxed future.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;
use std::sync::Arc;

use async_trait::async_trait;
use health_runtime::guarded;

#[async_trait]
trait Load: Sync {
    async fn load(&self, id: String) -> Result<usize, Error>;

    #[guarded(deps = ["redis"])]
    async fn twice(&self, id: String) -> Result<usize, Error> {
        Ok(self.load(id).await? * 2)
    }
}

struct Client;

#[async_trait]
impl Load for Client {
    #[guarded(deps = ["redis"])]
    async fn load(&self, id: String) -> Result<usize, Error> {
        if id.is_empty() {
            return Err(Error::other("empty"));
        }
        Ok(id.len())
    }
}

#[async_trait(?Send)]
trait Local {
    async fn run(self: Arc<Self>, pair: (u8, u8), names: &[&str]) -> Result<u8, Error>;
}

#[async_trait(?Send)]
impl Local for Client {
    #[guarded(deps = ["redis", "api"])]
    async fn run(self: Arc<Self>, (a, mut b): (u8, u8), names: &[&str]) -> Result<u8, Error> {
        b += 1;
        let local = std::rc::Rc::new(names.len());
        tokio::task::yield_now().await;
        Ok(a + b + u8::try_from(*local).unwrap())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client: Box<dyn Load> = Box::new(Client);
    assert_eq!(client.load("abc".to_owned()).await.unwrap(), 3);
    assert!(client.load(String::new()).await.is_err());
    assert_eq!(client.twice("abc".to_owned()).await.unwrap(), 6);
    assert_eq!(Arc::new(Client).run((1, 2), &["x"]).await.unwrap(), 5);
}
