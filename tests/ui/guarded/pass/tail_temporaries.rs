//! Temporaries of the last expression are gone before the parameters that they borrow from.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;
use std::sync::Mutex;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn used(cell: Mutex<String>) -> Result<usize, Error> {
    Ok(cell.lock().unwrap().len())
}

#[guarded(deps = ["redis"])]
async fn in_a_pattern((cell, _): (Mutex<String>, u8)) -> Result<usize, Error> {
    Ok(cell.lock().unwrap().len())
}

#[guarded(deps = ["redis"])]
async fn in_a_match((cell, _): (Mutex<Option<String>>, u8)) -> Result<usize, Error> {
    match cell.lock().unwrap().as_deref() {
        Some(text) => Ok(text.len()),
        None => Ok(0),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(used(Mutex::new("abc".into())).await.unwrap(), 3);
    assert_eq!(in_a_pattern((Mutex::new("abc".into()), 1)).await.unwrap(), 3);
    assert_eq!(in_a_match((Mutex::new(None), 1)).await.unwrap(), 0);
}
