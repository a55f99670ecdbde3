//! The body is checked against the declared type, so everything coerces as in a plain function.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::fmt::Debug;
use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn to_trait_object() -> Result<Box<dyn Debug>, Error> {
    Ok(Box::new(1))
}

#[guarded(deps = ["redis"])]
async fn in_both_arms(sure: bool) -> Result<Vec<Box<dyn Debug>>, Box<dyn std::error::Error>> {
    if sure {
        return Ok(vec![Box::new(1), Box::new("x")]);
    }
    Err("not sure".into())
}

#[guarded(deps = ["redis"])]
async fn to_a_slice(bytes: &[u8; 3]) -> Result<&[u8], Error> {
    Ok(bytes)
}

#[guarded(deps = ["redis"])]
async fn from_a_pattern((a, b): (u8, u8)) -> Result<Box<dyn Debug>, Error> {
    Ok(Box::new((a, b)))
}

#[guarded(deps = ["redis"])]
async fn inferred() -> Result<Vec<u64>, Error> {
    Ok("1 2".split(' ').map(|n| n.parse().map_err(Error::other)).collect::<Result<_, _>>()?)
}

#[guarded(deps = ["redis"])]
async fn function_pointer() -> Result<fn(u8) -> u8, Error> {
    Ok(|n| n + 1)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(format!("{:?}", to_trait_object().await.unwrap()), "1");
    assert_eq!(in_both_arms(true).await.unwrap().len(), 2);
    assert!(in_both_arms(false).await.is_err());
    assert_eq!(to_a_slice(&[1, 2, 3]).await.unwrap().len(), 3);
    assert_eq!(format!("{:?}", from_a_pattern((1, 2)).await.unwrap()), "(1, 2)");
    assert_eq!(inferred().await.unwrap(), [1, 2]);
    assert_eq!(function_pointer().await.unwrap()(1), 2);
}
