//! Each fault of Redis: what its clients hear while it lasts, and what is left afterwards.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/lab.rs"]
mod support;

use std::io::ErrorKind;
use std::time::Duration;

use health_lab::{RedisFault, RedisServer, Server};
use support::{Lines, eventually, has_redis};

const READ: &str = "SISMEMBER heartbeats s1";
const WRITE: &str = "SADD heartbeats s2";
const LASTS: Duration = Duration::from_millis(600);

/// What a new client hears; `refused` and `silence` when it hears nothing.
async fn hear(redis: &RedisServer, command: &str) -> String {
    let mut line = match Lines::connect(redis.socket()).await {
        Ok(line) => line,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => return "refused".into(),
        Err(error) => panic!("{error}"),
    };
    line.send_in_vain(format!("{command}\r\n").as_bytes()).await;
    if line.is_silent().await {
        return "silence".into();
    }
    line.hear().await
}

/// The first word of what an old client hears, or that it is not one any more.
async fn hear_on(line: &mut Lines, command: &str) -> String {
    line.send(format!("{command}\r\n").as_bytes()).await;
    if line.is_silent().await {
        return "silence".into();
    }
    line.hear().await
}

struct Expected {
    fault: RedisFault,
    read: &'static str,
    write: &'static str,
    ping: &'static str,
    /// Whether the heartbeat of before is found afterwards.
    keeps: &'static str,
}

const fn expected(fault: RedisFault, [read, write, ping, keeps]: [&'static str; 4]) -> Expected {
    Expected {
        fault,
        read,
        write,
        ping,
        keeps,
    }
}

const ALL: [Expected; 12] = [
    expected(RedisFault::Killed, ["refused", "refused", "refused", ":0"]),
    expected(RedisFault::RestartedEmpty, [":0", ":1", "+PONG", ":0"]),
    expected(RedisFault::Frozen, ["silence", "silence", "silence", ":1"]),
    expected(
        RedisFault::Loading,
        ["-LOADING ", "-LOADING ", "-LOADING ", ":1"],
    ),
    expected(RedisFault::Resynced, [":0", "-READONLY ", "+PONG", ":0"]),
    expected(
        RedisFault::OutOfConnections,
        [
            "-ERR max number",
            "-ERR max number",
            "-ERR max number",
            ":1",
        ],
    ),
    expected(RedisFault::OutOfMemory, [":1", "-OOM ", "+PONG", ":1"]),
    expected(RedisFault::ReadOnly, [":1", "-READONLY ", "+PONG", ":1"]),
    expected(
        RedisFault::MasterDown,
        ["-MASTERDOWN ", "-READONLY ", "-MASTERDOWN ", ":1"],
    ),
    expected(
        RedisFault::DiskFailed,
        [":1", "-MISCONF ", "-MISCONF ", ":1"],
    ),
    expected(
        RedisFault::PasswordAsked,
        ["-NOAUTH ", "-NOAUTH ", "-NOAUTH ", ":1"],
    ),
    expected(
        RedisFault::Forbidden,
        ["-NOPERM ", "-NOPERM ", "+PONG", ":1"],
    ),
];

#[tokio::test]
async fn each_fault_is_heard_as_what_it_is_and_is_over_when_it_is_ended() {
    if !has_redis() {
        return;
    }
    // One server for all of them: what a fault leaves behind would disturb the next.
    let mut redis = RedisServer::start().await.unwrap();
    for round in 0..2 {
        for case in &ALL {
            let name = case.fault.name();
            println!("round {round}: {name}");
            hear(&redis, "DEL heartbeats").await;
            assert_eq!(hear(&redis, "SADD heartbeats s1").await, ":1", "{name}");
            let in_force = case.fault.begin(&mut redis, LASTS).await.unwrap();
            for (command, says) in [("PING", case.ping), (READ, case.read), (WRITE, case.write)] {
                let heard = hear(&redis, command).await;
                assert!(heard.starts_with(says), "{name}: {command}: {heard}");
            }
            in_force.end(&mut redis).await.unwrap();
            eventually("it is well again", async || {
                hear(&redis, "PING").await == "+PONG"
            })
            .await;
            // What the write of the fault has left is not asked for here.
            assert_eq!(hear(&redis, READ).await, case.keeps, "{name}");
            assert_eq!(
                case.fault.takes_data(),
                case.keeps == ":0" || name == "loading"
            );
            assert!(
                hear(&redis, "SADD heartbeats s3").await.starts_with(':'),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn every_kind_is_tested_above() {
    let mut tested = ALL.map(|case| case.fault);
    tested.sort_unstable();
    assert_eq!(tested, RedisFault::ALL);
}

#[tokio::test]
async fn clients_that_are_connected_feel_a_full_house_and_a_new_password_too() {
    if !has_redis() {
        return;
    }
    let mut redis = RedisServer::start().await.unwrap();
    for fault in [RedisFault::OutOfConnections, RedisFault::PasswordAsked] {
        let mut old = Lines::connect(redis.socket()).await.unwrap();
        assert_eq!(hear_on(&mut old, "PING").await, "+PONG");
        let in_force = fault.begin(&mut redis, LASTS).await.unwrap();
        assert!(old.is_over().await, "{}", fault.name());
        in_force.end(&mut redis).await.unwrap();
    }
}

#[tokio::test]
async fn one_that_has_loaded_its_data_starts_with_nothing_the_next_time() {
    if !has_redis() {
        return;
    }
    let mut redis = RedisServer::start().await.unwrap();
    assert_eq!(hear(&redis, "SADD heartbeats s1").await, ":1");
    redis
        .restart_loading(Duration::from_millis(50))
        .await
        .unwrap();
    eventually("it has loaded", async || hear(&redis, READ).await == ":1").await;
    redis.restart_empty().await.unwrap();
    assert_eq!(hear(&redis, "DBSIZE").await, ":0");
}
