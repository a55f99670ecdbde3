//! The incident that this crate exists for: a reaper of dead sessions, through every kind of outage.
//!
//! A session lives in the API, and shows signs of life in Redis. Whoever has shown none is closed. While
//! Redis does not answer, or has come back empty, nobody has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use health_lab::Server;
use health_runtime::{DependencyUnhealthy, DestructivePermit, destructive, guarded};
use redis::aio::MultiplexedConnection;

use crate::lab::{Lines, eventually};
use crate::service::{OFTEN, Service};

const LIVE: usize = 19;

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
    #[error("redis did not answer")]
    Silent(#[from] tokio::time::error::Elapsed),
    #[error("api: {0}")]
    Api(#[from] std::io::Error),
    #[error(transparent)]
    Refused(#[from] DependencyUnhealthy),
}

/// A client as careless as any: it makes a connection when it has none.
struct Client {
    url: String,
    connection: tokio::sync::Mutex<Option<MultiplexedConnection>>,
}

impl Client {
    fn new(url: String) -> Self {
        Self {
            url,
            connection: tokio::sync::Mutex::default(),
        }
    }

    async fn query(&self, command: &[&str]) -> Result<u64, Trouble> {
        let answer = tokio::time::timeout(crate::lab::SHORT, self.ask(command)).await;
        if !matches!(answer, Ok(Ok(_))) {
            *self.connection.lock().await = None;
        }
        answer?
    }

    async fn ask(&self, command: &[&str]) -> Result<u64, Trouble> {
        let mut kept = self.connection.lock().await;
        let mut connection = match kept.as_ref() {
            Some(connection) => connection.clone(),
            None => {
                let client = redis::Client::open(&*self.url)?;
                kept.insert(client.get_multiplexed_async_connection().await?)
                    .clone()
            }
        };
        drop(kept);
        let mut request = redis::Cmd::new();
        request.arg(command);
        Ok(request.query_async(&mut connection).await?)
    }
}

#[guarded(deps = ["redis"])]
async fn is_alive(redis: &Client, session: &str) -> Result<bool, Trouble> {
    Ok(redis.query(&["EXISTS", session]).await? == 1)
}

/// Cannot be undone, so it takes a permit.
async fn close(api: &mut Lines, session: &str, permit: &DestructivePermit) -> Result<(), Trouble> {
    permit.check()?;
    api.ask(&format!("CLOSE {session}")).await;
    Ok(())
}

#[destructive(permit = permit)]
async fn reap(
    redis: &Client,
    socket: &std::path::Path,
    sessions: &[String],
) -> Result<(), Trouble> {
    for session in sessions {
        permit.check()?;
        // The bug of the incident: no answer is read as no life.
        let alive = is_alive(redis, session).await.unwrap_or(false);
        if !alive {
            let mut api = Lines::connect(socket).await?;
            close(&mut api, session, permit).await?;
        }
    }
    Ok(())
}

async fn open_sessions(service: &Service, sessions: &[String]) -> usize {
    let mut api = Lines::connect(service.api.socket()).await.unwrap();
    let mut open = 0;
    for session in sessions {
        open += usize::from(api.ask(&format!("SESSION {session}")).await == "ALIVE");
    }
    open
}

#[tokio::test]
async fn it_closes_the_dead_session_and_none_of_the_19_that_live_through_three_outages() {
    let mut service = Service::start(OFTEN).await;
    let live: Vec<String> = (0..LIVE).map(|number| format!("live-{number}")).collect();
    let mut sessions = live.clone();
    let mut api = Lines::connect(service.api.socket()).await.unwrap();
    for session in &sessions {
        assert_eq!(api.ask(&format!("OPEN {session}")).await, "OK");
    }
    // Each live session shows that it lives, as soon and as often as Redis lets it.
    let signs = Arc::new(AtomicUsize::new(0));
    let heart = {
        let (client, live, signs) = (
            Client::new(service.redis.url()),
            live.clone(),
            Arc::clone(&signs),
        );
        tokio::spawn(async move {
            loop {
                let mut all = true;
                for session in &live {
                    all &= client.query(&["SADD", session, "alive"]).await.is_ok();
                }
                signs.fetch_add(usize::from(all), Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    };
    eventually("all sessions show life", async || {
        signs.load(Ordering::Relaxed) > 0
    })
    .await;

    // The reaper never rests.
    let reaped = Arc::new(AtomicUsize::new(0));
    let (watched, mut hear) = tokio::sync::watch::channel(sessions.clone());
    let reaper = {
        let (client, socket) = (
            Client::new(service.redis.url()),
            service.api.socket().to_owned(),
        );
        let reaped = Arc::clone(&reaped);
        tokio::spawn(service.registry.scope(async move {
            loop {
                let sessions = hear.borrow_and_update().clone();
                let done = reap(&client, &socket, &sessions).await;
                reaped.fetch_add(usize::from(done.is_ok()), Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }))
    };
    let rounds = async |more: usize| {
        let goal = reaped.load(Ordering::Relaxed) + more;
        eventually("the reaper works", async || {
            reaped.load(Ordering::Relaxed) >= goal
        })
        .await;
    };
    rounds(2).await;

    // Redis dies and comes back with nothing in it.
    service.redis.kill();
    service.is_reported_eventually("redis", "unhealthy").await;
    service.redis.restart_empty().await.unwrap();
    rounds(2).await;
    assert_eq!(open_sessions(&service, &live).await, LIVE);

    // Redis freezes.
    service.redis.freeze().unwrap();
    service.is_reported_eventually("redis", "unhealthy").await;
    service.redis.thaw().unwrap();
    rounds(2).await;
    assert_eq!(open_sessions(&service, &live).await, LIVE);

    // The API freezes.
    service.api.freeze().unwrap();
    service.is_reported_eventually("api", "unhealthy").await;
    service.api.thaw().unwrap();
    rounds(2).await;
    assert_eq!(open_sessions(&service, &live).await, LIVE);

    // And the session that is really dead goes.
    let dead = "dead".to_owned();
    assert_eq!(api.ask(&format!("OPEN {dead}")).await, "OK");
    sessions.push(dead.clone());
    watched.send(sessions).unwrap();
    eventually("the dead session is closed", async || {
        open_sessions(&service, std::slice::from_ref(&dead)).await == 0
    })
    .await;
    assert_eq!(open_sessions(&service, &live).await, LIVE);
    heart.abort();
    reaper.abort();
}
