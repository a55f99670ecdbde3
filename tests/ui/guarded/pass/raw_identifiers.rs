//! Names that are keywords.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn r#match(r#type: String, r#in: u8) -> Result<String, Error> {
    let _ = r#in;
    Ok(format!("{type}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(r#match("x".into(), 1).await.unwrap(), "x");
}
