//! Probes run on any thread.

use std::io::Error;
use std::rc::Rc;

use health_runtime::probe;

#[probe(dep = "redis")]
async fn ping() -> Result<(), Error> {
    let local = Rc::new(1);
    tokio::task::yield_now().await;
    drop(local);
    Ok(())
}

fn main() {
    drop(ping());
}
