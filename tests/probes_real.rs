//! The built-in probes against real servers that freeze, die and come back.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/lab.rs"]
mod support;

use std::time::{Duration, Instant};

use health_lab::{ApiServer, KeyValueServer, RedisFault, RedisServer, RespServer, Server};
use health_runtime::probe::{Identity, Probe, ProbeError, RedisProbe, TcpProbe, UnixProbe};
use support::{PATIENCE, SHORT, has_redis, program};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, UnixListener};

/// How much longer than its timeout a check may take on a loaded machine.
const SLACK: Duration = Duration::from_secs(2);

async fn key_value_servers() -> Vec<KeyValueServer> {
    let stand_in = RespServer::start(&program()).await.unwrap();
    let mut servers = vec![KeyValueServer::StandIn(stand_in)];
    if has_redis() {
        let redis = RedisServer::start().await.unwrap();
        servers.push(KeyValueServer::Redis(redis));
    }
    servers
}

fn redis_probe(url: &str) -> RedisProbe {
    RedisProbe::new(url).unwrap().timeout(PATIENCE)
}

async fn identity(probe: &impl Probe) -> Identity {
    probe.check().await.unwrap().expect("an identity")
}

/// Runs a check that must fail, and soon.
async fn failure(probe: &impl Probe) -> ProbeError {
    let started = Instant::now();
    let error = probe.check().await.unwrap_err();
    let elapsed = started.elapsed();
    assert!(elapsed < SHORT + SLACK, "{elapsed:?}: {error:#}");
    error
}

#[tokio::test]
async fn redis_tells_the_same_run_id_until_it_is_restarted() {
    for mut server in key_value_servers().await {
        let probe = redis_probe(&server.url());
        let before = identity(&probe).await;
        let ids = before.as_str().split(' ');
        assert!(ids.clone().all(|id| id.len() == 40), "{}", server.name());
        // The stand-in has no replicas.
        let count = if server.name() == "redis-server" {
            2
        } else {
            1
        };
        assert_eq!(ids.count(), count, "{}", server.name());
        assert_eq!(identity(&probe).await, before);

        server.restart_empty().await.unwrap();
        // No failure in between: the kept connection is dead, but the server is not.
        let after = identity(&probe).await;
        assert_ne!(after, before, "{}", server.name());
        assert_eq!(identity(&probe).await, after);
    }
}

/// A master without persistence is restarted empty, and its replicas take that over: they answer every
/// `PING` all the while, under the `run_id` of before.
#[tokio::test]
async fn a_replica_that_has_taken_over_an_empty_master_is_somebody_else() {
    if !has_redis() {
        return;
    }
    let mut redis = RedisServer::start().await.unwrap();
    let probe = redis_probe(&redis.url());
    let before = identity(&probe).await;
    let resynced = RedisFault::Resynced.begin(&mut redis, SHORT);
    let resynced = resynced.await.unwrap();
    let after = identity(&probe).await;
    assert_ne!(after, before);
    assert_eq!(identity(&probe).await, after);
    resynced.end(&mut redis).await.unwrap();
    assert_ne!(identity(&probe).await, before);
}

#[tokio::test]
async fn redis_that_is_frozen_fails_within_the_timeout_and_recovers_as_itself() {
    for server in key_value_servers().await {
        let probe = redis_probe(&server.url());
        let before = identity(&probe).await;

        server.freeze().unwrap();
        let probe = probe.timeout(SHORT);
        let fresh = redis_probe(&server.url()).timeout(SHORT);
        let message = failure(&probe).await.to_string();
        assert!(
            message.ends_with("did not answer within 150ms"),
            "{message}"
        );
        let message = failure(&fresh).await.to_string();
        assert!(
            message.ends_with("did not answer within 150ms"),
            "{message}"
        );

        server.thaw().unwrap();
        let probe = probe.timeout(PATIENCE);
        assert_eq!(identity(&probe).await, before, "{}", server.name());
    }
}

#[tokio::test]
async fn redis_that_is_dead_is_refused_with_its_address_and_cause() {
    for mut server in key_value_servers().await {
        let probe = redis_probe(&server.url());
        identity(&probe).await;
        server.kill();
        let error = failure(&probe).await;
        let socket = server.socket().display().to_string();
        assert_eq!(
            error.message(),
            format!("no connection to redis at {socket}")
        );
        assert!(format!("{error:#}").contains("refused"), "{error:#}");
    }
}

#[tokio::test]
async fn a_redis_check_that_is_dropped_does_not_spoil_the_next() {
    for server in key_value_servers().await {
        let probe = redis_probe(&server.url());
        let before = identity(&probe).await;
        server.freeze().unwrap();
        assert!(tokio::time::timeout(SHORT, probe.check()).await.is_err());
        server.thaw().unwrap();
        assert_eq!(identity(&probe).await, before);
    }
}

#[tokio::test]
async fn redis_checks_may_overlap() {
    for server in key_value_servers().await {
        let probe = redis_probe(&server.url());
        let (one, other) = tokio::join!(identity(&probe), identity(&probe));
        assert_eq!(one, other);
    }
}

#[tokio::test]
async fn redis_is_found_over_tcp_as_well() {
    if !has_redis() {
        return;
    }
    let mut redis = RedisServer::start_on_tcp().await.unwrap();
    let probe = redis_probe(&redis.url());
    let line = TcpProbe::new(redis.tcp_address().unwrap().to_string())
        .send("PING\r\n")
        .expect("+PONG")
        .timeout(SHORT);
    let before = identity(&probe).await;
    redis.restart_empty().await.unwrap();
    assert_ne!(identity(&probe).await, before);

    assert_eq!(line.clone().timeout(PATIENCE).check().await.unwrap(), None);
    redis.freeze().unwrap();
    let message = failure(&line).await.to_string();
    assert!(message.contains("accepted but did not answer"), "{message}");
}

/// The trap that the documentation warns of, kept here so that the warning stays true.
#[tokio::test]
async fn a_bare_connect_calls_a_frozen_server_healthy() {
    let api = ApiServer::start(&program()).await.unwrap();
    api.freeze().unwrap();
    let bare = UnixProbe::new(api.socket()).timeout(PATIENCE);
    assert_eq!(bare.check().await.unwrap(), None);
}

#[tokio::test]
async fn an_api_is_known_by_its_instance_and_found_out_when_frozen() {
    let mut api = ApiServer::start(&program()).await.unwrap();
    let probe = UnixProbe::new(api.socket())
        .send("PING\n")
        .expect("PONG")
        .identity_after("PONG ")
        .timeout(PATIENCE);
    let before = identity(&probe).await;
    assert_eq!(identity(&probe).await, before);

    api.freeze().unwrap();
    let message = failure(&probe.clone().timeout(SHORT)).await.to_string();
    assert!(message.contains("accepted but did not answer"), "{message}");
    api.thaw().unwrap();
    assert_eq!(identity(&probe).await, before);

    api.restart_empty().await.unwrap();
    assert_ne!(identity(&probe).await, before);

    api.kill();
    let error = failure(&probe).await;
    assert!(format!("{error:#}").contains("refused"), "{error:#}");
}

#[tokio::test]
async fn a_wrong_answer_is_unhealthy_and_quoted() {
    let api = ApiServer::start(&program()).await.unwrap();
    let probe = UnixProbe::new(api.socket())
        .send("SESSION s\n")
        .timeout(PATIENCE);
    let message = failure(&probe.clone().expect("ALIVE")).await.to_string();
    assert!(
        message.ends_with("answered `GONE`, expected `ALIVE`"),
        "{message}"
    );
    assert_eq!(probe.check().await.unwrap(), None);
}

/// Serves one connection by writing `bytes` for as long as somebody reads.
async fn writer(bytes: &'static [u8], rounds: usize) -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir_in("/tmp").unwrap();
    let path = directory.path().join("s");
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            for _ in 0..rounds {
                if stream.write_all(bytes).await.is_err() {
                    break;
                }
            }
        }
    });
    (directory, path)
}

#[tokio::test]
async fn an_endless_answer_without_a_line_end_is_cut_off() {
    let (_directory, path) = writer(b"PONG PONG PONG", usize::MAX).await;
    let message = failure(&UnixProbe::new(path).expect("PONG").timeout(PATIENCE))
        .await
        .to_string();
    assert!(message.ends_with("bytes without a line end"), "{message}");
}

#[tokio::test]
async fn half_a_line_and_then_the_end_is_unhealthy() {
    let (_directory, path) = writer(b"PONG abc", 1).await;
    let probe = UnixProbe::new(path)
        .identity_after("PONG ")
        .timeout(PATIENCE);
    let message = failure(&probe).await.to_string();
    assert!(
        message.ends_with("in the middle of a line, after `PONG abc`"),
        "{message}"
    );
}

/// Listens on TCP, and answers each of the commands that a probe sends with these bytes.
async fn redis_that_says(ping: &'static str, info: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut line = String::new();
                while stream.read_line(&mut line).await? > 0 {
                    let answer = match line.trim_end() {
                        "SETINFO" => "+OK\r\n",
                        "PING" => ping,
                        "INFO" => info,
                        _ => "",
                    };
                    stream.write_all(answer.as_bytes()).await?;
                    line.clear();
                }
                Ok::<(), std::io::Error>(())
            });
        }
    });
    url
}

#[tokio::test]
async fn a_redis_that_is_not_ready_or_not_one_is_unhealthy() {
    for (ping, info, expected) in [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "", "PING failed"),
        (
            "-LOADING Redis is loading the dataset in memory\r\n",
            "",
            "LOADING",
        ),
        ("-NOAUTH Authentication required.\r\n", "", "NOAUTH"),
        ("-MASTERDOWN Link with MASTER is down\r\n", "", "MASTERDOWN"),
        ("+WELL\r\n", "", "something other than PONG"),
        (
            "+PONG\r\n",
            "-NOPERM no permissions to run 'info'\r\n",
            "NOPERM",
        ),
        ("+PONG\r\n", "$10\r\n# Server\r\n\r\n", "told no run_id"),
        ("+PONG\r\n", ":7\r\n", "told no run_id"),
    ] {
        let url = redis_that_says(ping, info).await;
        let error = failure(&redis_probe(&url)).await;
        let text = format!("{error:#}");
        assert!(text.contains(expected), "expected `{expected}` in `{text}`");
    }
}

#[tokio::test]
async fn without_identity_asks_no_more_than_ping() {
    let url = redis_that_says("+PONG\r\n", "-NOPERM no permissions\r\n").await;
    let probe = redis_probe(&url).without_identity();
    assert_eq!(probe.check().await.unwrap(), None);
}
