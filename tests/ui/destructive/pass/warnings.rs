//! Nothing to warn of is added, and nothing is taken away.
#![deny(warnings, missing_docs, unfulfilled_lint_expectations)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery, unused_results, unused_qualifications, let_underscore_drop)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::destructive;

#[destructive(deps = ["redis"], permit = "permit", bypass = "sure", budget = "5/1m")]
async fn quiet(sure: bool, name: String, _guard: Vec<u8>) -> Result<usize, Error> {
    permit.checkpoint().await?;
    Ok(name.len())
}

#[destructive(deps = ["redis"], permit = "permit")]
#[expect(unused_variables)]
async fn permit_asked_for_and_not_used() -> Result<(), Error> {
    Ok(())
}

#[destructive(deps = ["redis"], bypass = "sure")]
#[expect(unused_variables)]
async fn unused_parameter(sure: bool, other: String) -> Result<(), Error> {
    Ok(())
}

#[expect(dead_code)]
#[destructive]
async fn never_called() -> Result<(), Error> {
    Ok(())
}

fn main() {
    health_runtime::testing::run(async {
        assert_eq!(quiet(true, "abc".to_owned(), vec![]).await.unwrap(), 3);
        permit_asked_for_and_not_used().await.unwrap();
        unused_parameter(true, String::new()).await.unwrap();
    });
}
