//! Functions that return `impl Future`.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::future::{Ready, ready};
use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
fn one_block(name: String) -> impl Future<Output = Result<usize, Error>> {
    async move { Ok(name.len()) }
}

#[guarded(deps = ["redis"])]
fn send_and_static(name: &str) -> impl Future<Output = Result<usize, Error>> + Send + 'static + use<> {
    let name = name.to_owned();
    async move {
        tokio::task::yield_now().await;
        Ok(name.len())
    }
}

#[guarded(deps = ["redis"])]
fn no_block(sure: bool) -> impl std::future::Future<Output = Result<bool, Error>> {
    if !sure {
        return ready(Ok(false));
    }
    helper()
}

fn helper() -> Ready<Result<bool, Error>> {
    ready(Ok(true))
}

struct Client {
    calls: Vec<u8>,
}

impl Client {
    #[guarded(deps = ["redis"])]
    fn push(&mut self, call: u8) -> impl Future<Output = Result<&[u8], Error>> {
        self.calls.push(call);
        async { Ok(&*self.calls) }
    }

    #[guarded(deps = ["redis"])]
    fn inner(&mut self) -> impl Future<Output = Result<usize, Error>> {
        self.plain()
    }

    async fn plain(&mut self) -> Result<usize, Error> {
        Ok(self.calls.len())
    }
}

fn assert_send<T: Send + 'static>(value: T) -> T {
    value
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(one_block("abc".to_owned()).await.unwrap(), 3);
    assert_eq!(assert_send(send_and_static("abc")).await.unwrap(), 3);
    assert!(no_block(true).await.unwrap());
    assert!(!no_block(false).await.unwrap());
    let mut client = Client { calls: vec![] };
    // The part before the block runs when the function is called, as it did.
    drop(client.push(1));
    assert_eq!(client.push(2).await.unwrap(), [1, 2]);
    assert_eq!(client.inner().await.unwrap(), 2);
}
