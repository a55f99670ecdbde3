//! Every way to write the arguments.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::guarded;

const REDIS: &str = "redis";

mod names {
    pub const API: &str = "api";
}

struct Client;

impl Client {
    const DISK: &'static str = "disk";
}

#[guarded(deps = ["redis"])]
async fn quoted() -> Result<(), Error> {
    Ok(())
}

#[guarded(deps = ["redis", "api",],)]
async fn with_trailing_commas() -> Result<(), Error> {
    Ok(())
}

#[guarded(deps = [REDIS, names::API, self::names::API, Client::DISK, "files"])]
async fn by_const() -> Result<(), Error> {
    Ok(())
}

#[health_runtime::guarded(deps = [r"redis", r#"a"p"i"#])]
async fn by_path_and_raw_string() -> Result<(), Error> {
    Ok(())
}

#[guarded {deps = ["redis"]}]
async fn in_braces() -> Result<(), Error> {
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    quoted().await.unwrap();
    with_trailing_commas().await.unwrap();
    by_const().await.unwrap();
    by_path_and_raw_string().await.unwrap();
    in_braces().await.unwrap();
}
