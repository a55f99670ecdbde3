//! What can go wrong in the service.

use std::time::Duration;

use health_runtime::DependencyUnhealthy;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Unhealthy(#[from] DependencyUnhealthy),
    #[error("{0}")]
    Redis(redis::RedisError),
    #[error("{0}")]
    Api(std::io::Error),
    #[error("unexpected answer `{0}`")]
    Answer(String),
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
}
