//! `impl Trait` as an argument and inside the output.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::fmt::Display;
use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn argument(name: impl Into<String>, _unused: impl Display) -> Result<String, Error> {
    Ok(name.into())
}

#[guarded(deps = ["redis"])]
async fn output(up_to: u8) -> Result<impl Iterator<Item = u8> + Clone, Error> {
    Ok((0..up_to).filter(|n| n % 2 == 0))
}

#[guarded(deps = ["redis"])]
async fn nested() -> Result<Vec<Option<(u8, impl Fn(u8) -> u8)>>, Error> {
    Ok(vec![Some((1, |n| n + 1))])
}

#[guarded(deps = ["redis"])]
fn in_a_future() -> impl Future<Output = Result<impl Display, Error>> {
    async { Ok("text") }
}

#[guarded(deps = ["redis"])]
async fn error(fail: bool) -> Result<u8, impl std::error::Error> {
    if fail {
        return Err(Error::other("failed"));
    }
    Ok(1)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(argument("x", 1).await.unwrap(), "x");
    assert_eq!(output(5).await.unwrap().sum::<u8>(), 6);
    let nested = nested().await.unwrap().remove(0).unwrap();
    assert_eq!((nested.1)(nested.0), 2);
    assert_eq!(error(false).await.unwrap(), 1);
    assert_eq!(error(true).await.unwrap_err().to_string(), "failed");
    assert_eq!(in_a_future().await.unwrap().to_string(), "text");
}
