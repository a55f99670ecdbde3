//! The servers, the paths to them, what the service keeps, and what is true.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use health_lab::{Address, ApiServer, Program, Proxy, RedisServer, Server};
use health_runtime::probe::{RedisProbe, UnixProbe};

use crate::direct::Direct;
use crate::protection::{Kept, Protection};
use crate::service::{self, RedisAndApi};
use crate::signs::Signs;
use crate::times::PATIENCE;
use crate::truth::Truth;

pub type Error = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T> = std::result::Result<T, Error>;

pub struct World {
    pub redis: tokio::sync::Mutex<RedisServer>,
    pub api: tokio::sync::Mutex<ApiServer>,
    /// Over TCP.
    pub to_redis: Proxy,
    /// Over a Unix socket.
    pub to_api: Proxy,
    pub direct: Direct,
    pub kept: Kept,
    truth: Mutex<Truth>,
    /// The faults that are in force, and the round they belong to.
    present: Mutex<(u64, Vec<String>)>,
}

impl World {
    /// Starts the servers and the proxies, and tells the service's probes where they are.
    pub async fn start(protection: Protection) -> Result<Self> {
        if !RedisServer::is_installed() {
            return Err("redis-server is not on the PATH: the faults need a real one".into());
        }
        let redis = RedisServer::start().await?;
        let api = ApiServer::start(&Program::this()?).await?;
        let world = Self {
            to_redis: Proxy::tcp(redis.socket())?,
            to_api: Proxy::unix(api.socket())?,
            direct: Direct::new(redis.socket().to_owned(), api.socket().to_owned()),
            redis: redis.into(),
            api: api.into(),
            kept: protection.kept(),
            truth: Mutex::default(),
            present: Mutex::default(),
        };
        let api = UnixProbe::new(world.api_path())
            .send("PING\n")
            .expect("PONG")
            .identity_after("PONG ")
            .timeout(PATIENCE);
        let redis = RedisProbe::new(&world.redis_url())?.timeout(PATIENCE);
        service::connect(redis, api);
        Ok(world)
    }

    /// A reader for the reaper.
    pub fn sources(&self) -> Result<RedisAndApi> {
        let redis = redis::Client::open(self.redis_url())?;
        Ok(RedisAndApi::new(redis, self.api_path()))
    }

    /// A writer for one user.
    pub fn signs(&self) -> Result<Signs> {
        let redis = redis::Client::open(self.redis_url())?;
        Ok(Signs::new(redis, self.api_path()))
    }

    fn redis_url(&self) -> String {
        format!("redis://{}", self.to_redis.address())
    }

    fn api_path(&self) -> PathBuf {
        match self.to_api.address() {
            Address::Unix(path) => path.clone(),
            Address::Tcp(_) => unreachable!("it is started on a Unix socket"),
        }
    }

    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compares what is true with what the service keeps; the sessions that are lost since.
    pub fn compare(&self) -> Vec<String> {
        // The truth first: a session that begins meanwhile is kept before it is true.
        let mut truth = self.truth();
        let (ids, whole) = (self.kept.ids(), self.kept.whole());
        truth.compare(&ids, &whole)
    }

    /// Which live sessions have no sign of life at one of the servers; all, if one does not answer.
    pub async fn without_signs(&self) -> BTreeSet<String> {
        let live = self.truth().live();
        let with = self.direct.with_heartbeat(&live).await.unwrap_or_default();
        let known = self.direct.known(&live).await.unwrap_or_default();
        // Those that have ended meanwhile need none.
        let still_live = self.truth().live();
        let lacks = |id: &&String| !with.contains(*id) || !known.contains(*id);
        live.intersection(&still_live)
            .filter(lacks)
            .cloned()
            .collect()
    }

    pub fn begins(&self, round: u64) {
        self.lock_present().0 = round;
    }

    pub fn set_in_force(&self, kind: &str, in_force: bool) {
        let kinds = &mut self.lock_present().1;
        if in_force {
            kinds.push(kind.to_owned());
        } else {
            kinds.retain(|other| other != kind);
        }
    }

    /// The round, and its faults that are in force.
    pub fn present(&self) -> (u64, Vec<String>) {
        self.lock_present().clone()
    }

    fn lock_present(&self) -> MutexGuard<'_, (u64, Vec<String>)> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
