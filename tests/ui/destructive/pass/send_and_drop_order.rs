//! The future is `Send` when the plain one is, and arguments go in the plain order.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::io::Error;
use std::sync::{Arc, Mutex};

use health_runtime::destructive;

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[destructive(deps = ["redis"], permit = "permit", bypass = "sure")]
async fn send(value: Cell<u8>, sure: bool) -> Result<u8, Error> {
    permit.checkpoint().await?;
    Ok(value.get())
}

struct Entry(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Drop for Entry {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0);
    }
}

#[destructive(deps = ["redis"], permit = "permit")]
async fn ordered(a: Entry, _b: Entry, (c, _): (Entry, Entry)) -> Result<(), Error> {
    let _local = Entry("local", Arc::clone(&a.1));
    let _ = &c;
    permit.checkpoint().await?;
    Ok(())
}

async fn plain(a: Entry, _b: Entry, (c, _): (Entry, Entry)) -> Result<(), Error> {
    let _local = Entry("local", Arc::clone(&a.1));
    let _ = &c;
    tokio::task::yield_now().await;
    Ok(())
}

fn main() {
    health_runtime::testing::run(async {
        assert_eq!(assert_send(send(Cell::new(1), true)).await.unwrap(), 1);
        let log = Arc::default();
        let e = |name| Entry(name, Arc::clone(&log));
        ordered(e("a"), e("b"), (e("c"), e("d"))).await.unwrap();
        let annotated = std::mem::take(&mut *log.lock().unwrap());
        plain(e("a"), e("b"), (e("c"), e("d"))).await.unwrap();
        assert_eq!(annotated, *log.lock().unwrap());
    });
}
