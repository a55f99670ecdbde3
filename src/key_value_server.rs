//! Redis, or what stands in for it.

use crate::process::{HasProcess, Process};
use crate::{LabError, Program, RedisServer, RespServer};

/// A Redis as good as this machine can offer.
///
/// See [`Server`](crate::Server) for what can be done to it.
#[derive(Debug)]
pub enum KeyValueServer {
    /// The real one.
    Redis(RedisServer),
    /// The stand-in.
    StandIn(RespServer),
}

impl KeyValueServer {
    /// Starts `redis-server` if it is installed, else the stand-in from `program`.
    ///
    /// # Errors
    ///
    /// [`LabError`] if the chosen one cannot be started or does not answer within ten seconds.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the server as well.
    pub async fn start(program: &Program) -> Result<Self, LabError> {
        if RedisServer::is_installed() {
            RedisServer::start().await.map(Self::Redis)
        } else {
            RespServer::start(program).await.map(Self::StandIn)
        }
    }

    /// Returns the URL by which Redis clients reach it.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Redis(server) => server.url(),
            Self::StandIn(server) => server.url(),
        }
    }

    /// Returns a name to print: `redis-server` or `a stand-in for redis-server`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Redis(_) => "redis-server",
            Self::StandIn(_) => "a stand-in for redis-server",
        }
    }
}

impl HasProcess for KeyValueServer {
    fn process(&self) -> &Process {
        match self {
            Self::Redis(server) => server.process(),
            Self::StandIn(server) => server.process(),
        }
    }

    fn process_mut(&mut self) -> &mut Process {
        match self {
            Self::Redis(server) => server.process_mut(),
            Self::StandIn(server) => server.process_mut(),
        }
    }
}
