//! A probe that a `cfg` removes takes its registration with it.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

#[health_runtime::probe(dep = "redis")]
#[cfg(any())]
async fn ping() -> Result<(), Missing> {}

#[cfg_attr(all(), health_runtime::probe(dep = "api"))]
async fn kept() -> Result<(), std::io::Error> {
    Ok(())
}

fn main() {
    assert_eq!(health_runtime::inventory::sites().len(), 1);
}
