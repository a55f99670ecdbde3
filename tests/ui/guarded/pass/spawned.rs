//! A guarded call in a spawned task, and many at once.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;
use std::sync::Arc;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn load(name: Arc<str>) -> Result<usize, Error> {
    tokio::task::yield_now().await;
    Ok(name.len())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let tasks: Vec<_> = (0..4).map(|_| tokio::spawn(load("abc".into()))).collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), 3);
    }
}
