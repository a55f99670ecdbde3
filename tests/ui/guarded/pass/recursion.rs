//! A function that awaits itself in a box.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;
use std::pin::Pin;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn sum(up_to: u32) -> Result<u32, Error> {
    if up_to == 0 {
        return Ok(0);
    }
    Ok(up_to + Box::pin(sum(up_to - 1)).await?)
}

#[guarded(deps = ["redis"])]
fn boxed(up_to: u32) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>> {
    Box::pin(async move {
        match up_to {
            0 => Ok(0),
            n => Ok(n + boxed(n - 1).await?),
        }
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(sum(4).await.unwrap(), 10);
    assert_eq!(boxed(4).await.unwrap(), 10);
}
