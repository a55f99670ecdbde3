//! Every receiver that an async method may have.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;

use health_runtime::guarded;

struct Client {
    calls: Vec<u8>,
}

impl Client {
    #[guarded(deps = ["redis"])]
    async fn none() -> Result<Self, Error> {
        Ok(Self { calls: Vec::new() })
    }

    #[guarded(deps = ["redis"])]
    async fn by_ref(&self) -> Result<usize, Error> {
        Ok(self.calls.len())
    }

    #[guarded(deps = ["redis"])]
    async fn by_mut(&mut self) -> Result<usize, Error> {
        self.calls.push(1);
        Ok(self.calls.len())
    }

    #[guarded(deps = ["redis"])]
    async fn borrowing<'a>(self: &'a Self) -> Result<&'a [u8], Error> {
        Ok(&self.calls)
    }

    #[guarded(deps = ["redis"])]
    async fn by_arc(self: Arc<Self>) -> Result<usize, Error> {
        Ok(self.calls.len())
    }

    #[guarded(deps = ["redis"])]
    async fn by_arc_ref(self: &Arc<Self>) -> Result<usize, Error> {
        Ok(Arc::strong_count(self))
    }

    #[guarded(deps = ["redis"])]
    async fn by_rc(self: Rc<Self>, extra: usize) -> Result<usize, Error> {
        Ok(self.calls.len() + extra)
    }

    #[guarded(deps = ["redis"])]
    async fn by_box(mut self: Box<Self>) -> Result<Box<Self>, Error> {
        self.calls.push(2);
        Ok(self)
    }

    #[guarded(deps = ["redis"])]
    async fn by_pin(mut self: Pin<&mut Self>) -> Result<usize, Error> {
        self.calls.push(3);
        Ok(self.as_ref().calls.len())
    }

    #[guarded(deps = ["redis"])]
    async fn by_value(mut self) -> Result<usize, Error> {
        self.calls.push(4);
        Ok(self.calls.len())
    }

    #[guarded(deps = ["redis"])]
    async fn unused(self) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut client = Client::none().await.unwrap();
    assert_eq!(client.by_ref().await.unwrap(), 0);
    assert_eq!(client.by_mut().await.unwrap(), 1);
    assert_eq!(client.borrowing().await.unwrap(), [1]);
    let client = Box::new(client).by_box().await.unwrap();
    let mut pinned = pin!(Client { calls: vec![0; 7] });
    assert_eq!(pinned.as_mut().by_pin().await.unwrap(), 8);
    let shared = Arc::new(Client { calls: vec![0; 3] });
    assert_eq!(shared.by_arc_ref().await.unwrap(), 1);
    assert_eq!(shared.by_arc().await.unwrap(), 3);
    assert_eq!(Rc::new(Client { calls: vec![] }).by_rc(5).await.unwrap(), 5);
    assert_eq!(client.by_value().await.unwrap(), 3);
    Client { calls: vec![] }.unused().await.unwrap();
}
