//! The borrow checker speaks of the user's names.

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn moved_twice(name: String) -> Result<usize, Error> {
    drop(name);
    Ok(name.len())
}

#[guarded(deps = ["redis"])]
async fn not_mutable(list: Vec<u8>) -> Result<Vec<u8>, Error> {
    list.push(1);
    Ok(list)
}

fn main() {
    drop((moved_twice(String::new()), not_mutable(vec![])));
}
