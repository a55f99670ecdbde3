//! Redis and its stand-in must look the same to the `redis` crate.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/lab.rs"]
mod support;

use std::collections::BTreeSet;

use health_lab::{KeyValueServer, RedisServer, RespServer, Server};
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use support::{Lines, PATIENCE, SHORT, has_redis, program};

async fn servers() -> Vec<KeyValueServer> {
    let stand_in = RespServer::start(&program()).await.unwrap();
    let mut servers = vec![KeyValueServer::StandIn(stand_in)];
    if has_redis() {
        let redis = RedisServer::start().await.unwrap();
        servers.push(KeyValueServer::Redis(redis));
    }
    servers
}

async fn connect(url: &str) -> redis::RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
    redis::Client::open(url)?
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

async fn query<T: redis::FromRedisValue>(
    connection: &mut MultiplexedConnection,
    line: &str,
) -> redis::RedisResult<T> {
    let words: Vec<&str> = line.split(' ').collect();
    let mut command = redis::Cmd::new();
    command.arg(words);
    command.query_async(connection).await
}

async fn run_id(connection: &mut MultiplexedConnection) -> String {
    let info: String = query(connection, "INFO server").await.unwrap();
    let line = info.lines().find(|line| line.starts_with("run_id:"));
    line.expect("a run_id").to_owned()
}

#[tokio::test]
async fn texts_and_sets_live_in_both() {
    for server in servers().await {
        let name = server.name();
        let c = &mut connect(&server.url()).await.unwrap();
        assert_eq!(query::<String>(c, "PING").await.unwrap(), "PONG", "{name}");
        () = query(c, "SELECT 0").await.unwrap();
        () = query(c, "SET a 1").await.unwrap();
        assert_eq!(query::<Option<u8>>(c, "GET a").await.unwrap(), Some(1));
        assert_eq!(query::<Option<u8>>(c, "GET b").await.unwrap(), None);
        assert_eq!(query::<u8>(c, "SADD s x y").await.unwrap(), 2);
        assert_eq!(query::<u8>(c, "SREM s x").await.unwrap(), 1);
        let members: BTreeSet<String> = query(c, "SMEMBERS s").await.unwrap();
        assert_eq!(members, BTreeSet::from(["y".to_owned()]), "{name}");
        let keys: BTreeSet<String> = query(c, "KEYS *").await.unwrap();
        assert_eq!(keys, BTreeSet::from(["a".to_owned(), "s".to_owned()]));
        let (cursor, found): (u64, Vec<String>) = query(c, "SCAN 0 MATCH s*").await.unwrap();
        assert_eq!((cursor, found), (0, vec!["s".to_owned()]), "{name}");
        assert_eq!(query::<u8>(c, "DEL a s").await.unwrap(), 2, "{name}");
        assert!(query::<()>(c, "NOSUCH thing").await.is_err(), "{name}");
        assert_eq!(query::<u8>(c, "EXISTS a").await.unwrap(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_restart_keeps_the_address_and_nothing_else() {
    for mut server in servers().await {
        let (name, url) = (server.name(), server.url());
        let c = &mut connect(&url).await.unwrap();
        let before = run_id(c).await;
        () = query(c, "SET a 1").await.unwrap();

        server.kill();
        assert!(query::<String>(c, "PING").await.is_err(), "{name}");
        assert!(connect(&url).await.is_err(), "{name}");

        server.restart_empty().await.unwrap();
        assert_eq!(server.url(), url, "{name}");
        let c = &mut connect(&url).await.unwrap();
        assert_eq!(query::<u8>(c, "EXISTS a").await.unwrap(), 0, "{name}");
        assert_ne!(run_id(c).await, before, "{name}");
    }
}

#[tokio::test]
async fn a_frozen_server_keeps_its_data_and_its_silence() {
    for server in servers().await {
        let name = server.name();
        let mut c = connect(&server.url()).await.unwrap();
        () = query(&mut c, "SET a 1").await.unwrap();

        server.freeze().unwrap();
        let mut line = Lines::connect(server.socket()).await.unwrap();
        line.send(b"PING\r\n").await;
        assert!(line.is_silent().await, "{name}");
        let get = query::<u8>(&mut c, "GET a");
        assert!(tokio::time::timeout(SHORT, get).await.is_err(), "{name}");

        server.thaw().unwrap();
        assert_eq!(line.hear().await, "+PONG", "{name}");
        assert_eq!(query::<u8>(&mut c, "GET a").await.unwrap(), 1, "{name}");
    }
}

#[tokio::test]
async fn garbage_is_answered_by_an_error_and_the_end_and_harms_nobody_else() {
    for server in servers().await {
        let name = server.name();
        for garbage in [&b"*1\r\n!3\r\n"[..], b"*1\r\n$999999999999\r\n", b"*x\r\n"] {
            let mut line = Lines::connect(server.socket()).await.unwrap();
            line.send(garbage).await;
            let answer = line.hear().await;
            assert!(
                answer.starts_with("-ERR Protocol error"),
                "{name}: {answer}"
            );
            assert_eq!(line.hear().await, "", "{name}");
        }
        let mut c = connect(&server.url()).await.unwrap();
        assert_eq!(query::<String>(&mut c, "PING").await.unwrap(), "PONG");
    }
}

#[tokio::test]
async fn redis_listens_on_tcp_when_asked_and_comes_back_there() {
    if !has_redis() {
        return;
    }
    let mut redis = RedisServer::start_on_tcp().await.unwrap();
    let url = redis.url();
    assert_eq!(url, format!("redis://{}", redis.tcp_address().unwrap()));
    for _ in 0..2 {
        let mut c = connect(&url).await.unwrap();
        assert_eq!(query::<String>(&mut c, "PING").await.unwrap(), "PONG");
        redis.restart_empty().await.unwrap();
    }
}

#[tokio::test]
async fn the_real_one_is_chosen_where_it_is_installed() {
    let server = KeyValueServer::start(&program()).await.unwrap();
    let is_real = matches!(server, KeyValueServer::Redis(_));
    assert_eq!(is_real, RedisServer::is_installed());
}
