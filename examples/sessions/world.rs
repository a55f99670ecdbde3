//! The servers, the users, and what is true: which sessions live.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use health_lab::{ApiServer, KeyValueServer, Program, Server};
use health_runtime::probe::{RedisProbe, UnixProbe};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::watch;

use crate::reapers::Copy;
use crate::service::{self, RedisAndApi, SessionStore};

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How many sessions there are at first. The last one is dead.
pub const SESSIONS: usize = 20;

/// The three copies of the sessions.
#[derive(Default)]
pub struct Copies {
    pub unguarded: Copy,
    pub breaker_only: Copy,
    pub annotated: Arc<SessionStore>,
}

impl Copies {
    fn insert(&self, id: &str) {
        self.unguarded.insert(id);
        self.breaker_only.insert(id);
        self.annotated.insert(id);
    }

    /// The sessions left in each.
    pub fn ids(&self) -> [BTreeSet<String>; 3] {
        [
            self.unguarded.ids(),
            self.breaker_only.ids(),
            self.annotated.whole(),
        ]
    }
}

/// Which sessions are alive, whatever anybody reads.
#[derive(Default)]
pub struct Truth {
    pub live: BTreeSet<String>,
    pub dead: BTreeSet<String>,
    /// Closed by their user, in the annotated service.
    pub closed: BTreeSet<String>,
}

pub struct World {
    pub redis: KeyValueServer,
    pub api: ApiServer,
    pub copies: Arc<Copies>,
    /// How long the annotated clean-up rests after each session.
    pub pace: watch::Sender<Duration>,
    truth: Mutex<Truth>,
}

impl World {
    /// Starts the servers, and registers all sessions but the dead one.
    pub async fn start() -> Result<Self> {
        let program = Program::this()?;
        let world = Self {
            redis: KeyValueServer::start(&program).await?,
            api: ApiServer::start(&program).await?,
            copies: Arc::default(),
            pace: watch::Sender::new(Duration::ZERO),
            truth: Mutex::default(),
        };
        for number in 1..=SESSIONS {
            let id = format!("s{number:02}");
            world.copies.insert(&id);
            let mut truth = world.truth();
            match number {
                SESSIONS => truth.dead.insert(id),
                _ => truth.live.insert(id),
            };
        }
        world.register().await?;
        let api = UnixProbe::new(world.api.socket())
            .send("PING\n")
            .expect("PONG")
            .identity_after("PONG ");
        service::connect(RedisProbe::new(&world.redis.url())?, api);
        Ok(world)
    }

    /// A connection of its own for each reaper.
    pub fn sources(&self) -> Result<RedisAndApi> {
        let redis = redis::Client::open(self.redis.url())?;
        Ok(RedisAndApi::new(redis, self.api.socket()))
    }

    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what the heartbeats of all live sessions do.
    pub async fn register(&self) -> Result<()> {
        let live = self.truth().live.clone();
        self.redis_command("SADD", &live).await?;
        for id in &live {
            self.ask_api(&format!("OPEN {id}\n")).await?;
        }
        Ok(())
    }

    /// Ends sessions as their users do: no more heartbeats, and signed off at the API.
    pub async fn end(&self, ids: &BTreeSet<String>) -> Result<()> {
        {
            let mut truth = self.truth();
            truth.live.retain(|id| !ids.contains(id));
            truth.dead.extend(ids.iter().cloned());
        }
        self.redis_command("SREM", ids).await?;
        for id in ids {
            self.ask_api(&format!("CLOSE {id}\n")).await?;
        }
        Ok(())
    }

    /// Gives the two reapers without a gate back what they should not have removed. Returns how
    /// many sessions that were. The annotated service gets nothing back.
    pub fn put_back(&self) -> usize {
        let live = self.truth().live.clone();
        let copies = [&self.copies.unguarded, &self.copies.breaker_only];
        let mut count = 0;
        for copy in copies {
            for id in live.difference(&copy.ids()) {
                copy.insert(id);
                count += 1;
            }
        }
        count
    }

    async fn redis_command(&self, command: &str, ids: &BTreeSet<String>) -> Result<()> {
        let client = redis::Client::open(self.redis.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        let mut command = redis::cmd(command);
        command.arg("heartbeats").arg(ids);
        command.exec_async(&mut connection).await?;
        Ok(())
    }

    async fn ask_api(&self, question: &str) -> Result<()> {
        let mut stream = UnixStream::connect(self.api.socket()).await?;
        stream.write_all(question.as_bytes()).await?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).await?;
        match answer.trim_end() {
            "OK" => Ok(()),
            other => Err(format!("the API answered `{other}` to `{}`", question.trim_end()).into()),
        }
    }
}
