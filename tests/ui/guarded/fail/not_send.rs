//! A future that cannot be sent: the message names the user's value.

use std::io::Error;
use std::rc::Rc;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn local() -> Result<usize, Error> {
    let shared = Rc::new(1);
    tokio::task::yield_now().await;
    Ok(*shared)
}

fn assert_send(_: impl Send) {}

fn main() {
    assert_send(local());
}
