//! Items in the body, another guarded function among them, and names that the expansion uses.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn outer(__site: u8, __call: u8) -> Result<u8, Error> {
    use std::cmp::max as largest;

    const EXTRA: u8 = 2;

    #[guarded(deps = ["api"])]
    async fn inner(number: u8) -> Result<u8, Error> {
        Ok(number * EXTRA)
    }

    let __output = inner(__site).await?;
    let refusal = inner(__call).await?;
    Ok(largest(__output, refusal))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(outer(1, 2).await.unwrap(), 4);
}
