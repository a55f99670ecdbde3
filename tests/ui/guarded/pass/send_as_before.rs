//! The future is `Send` when the plain one is, and otherwise it still compiles.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::io::Error;
use std::pin::Pin;
use std::rc::Rc;

use health_runtime::guarded;

fn assert_send<T: Send>(value: T) -> T {
    value
}

/// `Send` without being `Sync`, which a mention of `&value` across an await would need.
#[guarded(deps = ["redis"])]
async fn not_sync(value: Cell<u8>, _other: Cell<u8>, (third, _): (Cell<u8>, u8)) -> Result<u8, Error> {
    tokio::task::yield_now().await;
    Ok(value.get() + third.get())
}

#[guarded(deps = ["redis", "api"])]
async fn dropped_before_the_await(name: String) -> Result<usize, Error> {
    {
        let local = Rc::new(name.len());
        drop(local);
    }
    tokio::task::yield_now().await;
    Ok(name.len())
}

#[guarded(deps = ["redis"])]
async fn local(value: Rc<u8>) -> Result<u8, Error> {
    tokio::task::yield_now().await;
    Ok(*value)
}

#[guarded(deps = ["redis"])]
fn boxed(value: Cell<u8>) -> Pin<Box<dyn Future<Output = Result<u8, Error>> + Send>> {
    Box::pin(async move { Ok(value.get()) })
}

struct Client(Cell<u8>);

impl Client {
    #[guarded(deps = ["redis"])]
    async fn by_mut(&mut self) -> Result<u8, Error> {
        tokio::task::yield_now().await;
        Ok(self.0.get())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(assert_send(not_sync(Cell::new(1), Cell::new(2), (Cell::new(3), 4))).await.unwrap(), 4);
    assert_eq!(assert_send(dropped_before_the_await("abc".into())).await.unwrap(), 3);
    assert_eq!(assert_send(Client(Cell::new(5)).by_mut()).await.unwrap(), 5);
    assert_eq!(assert_send(boxed(Cell::new(6))).await.unwrap(), 6);
    assert_eq!(local(Rc::new(7)).await.unwrap(), 7);
}
