//! The plainest form, and what a caller gets from it.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use health_runtime::guarded;

/// Loads.
#[guarded(deps = ["redis"])]
pub async fn load(id: String) -> Result<usize, std::io::Error> {
    Ok(id.len())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(load("four".to_owned()).await.unwrap(), 4);
}
