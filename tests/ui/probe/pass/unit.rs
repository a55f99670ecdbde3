//! A probe that says whether the dependency answered; it stays an ordinary function.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::probe;

/// Pings.
#[probe(dep = "redis", every = "5s", timeout = "1s")]
pub async fn ping() -> Result<(), Error> {
    tokio::task::yield_now().await;
    Ok(())
}

#[probe(dep = "api")]
async fn without_times() -> std::io::Result<()> {
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    ping().await.unwrap();
    let probes = health_runtime::inventory::sites();
    let mut names: Vec<_> = probes.iter().map(|site| (site.name, site.deps, site.arguments())).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            ("ping", ["redis"].as_slice(), r#"every = "5s", timeout = "1s""#),
            ("without_times", &["api"], ""),
        ]
    );
}
