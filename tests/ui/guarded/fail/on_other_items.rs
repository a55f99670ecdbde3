//! Items that are no functions.

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
pub struct Client;

#[guarded(deps = ["redis"])]
impl Client {
    async fn load(&self) {}
}

#[guarded(deps = ["redis"])]
trait Load {
    async fn load(&self);
}

#[guarded(deps = ["redis"])]
mod loading {}

#[guarded(deps = ["redis"])]
const LIMIT: u8 = 1;

#[guarded(deps = ["redis"])]
use std::io::Error;

#[guarded(deps = ["redis"])]
enum Kind {}

fn main() {
    drop(Client.load());
    let _: Option<(Error, Kind)> = None;
    let _ = LIMIT;
}
