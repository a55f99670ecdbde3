//! Any alias of `Result`, whatever it does with its parameters.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::error::Error;
use std::io;

use health_runtime::{DependencyUnhealthy, guarded};

type Answer = Result<u8, Box<dyn Error + Send + Sync>>;

mod stack {
    /// Wraps the error that is written at it, as some crates do.
    #[derive(Debug)]
    pub struct Report<E>(#[allow(dead_code)] pub E);

    impl<E> From<health_runtime::DependencyUnhealthy> for Report<E>
    where
        E: From<health_runtime::DependencyUnhealthy>,
    {
        fn from(refusal: health_runtime::DependencyUnhealthy) -> Self {
            Self(refusal.into())
        }
    }

    pub type Result<T, E> = std::result::Result<T, Report<E>>;
}

#[guarded(deps = ["redis"])]
async fn of_io() -> io::Result<u8> {
    Ok(1)
}

#[guarded(deps = ["redis"])]
async fn of_a_box() -> Answer {
    Ok(1)
}

#[guarded(deps = ["redis"])]
async fn of_a_report() -> stack::Result<u8, io::Error> {
    Ok(1)
}

#[guarded(deps = ["redis"])]
async fn by_path() -> ::std::result::Result<u8, DependencyUnhealthy> {
    Ok(1)
}

trait Service {
    type Response;
}

struct Client;

impl Service for Client {
    type Response = Result<u8, io::Error>;
}

#[guarded(deps = ["redis"])]
async fn projected() -> <Client as Service>::Response {
    Ok(1)
}

impl Client {
    #[guarded(deps = ["redis"])]
    async fn make() -> Result<Self, io::Error> {
        Ok(Self)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(of_io().await.unwrap(), 1);
    assert_eq!(of_a_box().await.unwrap(), 1);
    assert_eq!(of_a_report().await.unwrap(), 1);
    assert_eq!(by_path().await.unwrap(), 1);
    assert_eq!(projected().await.unwrap(), 1);
    Client::make().await.unwrap();
}
