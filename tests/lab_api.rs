//! The session API as a process.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/lab.rs"]
mod support;

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use health_lab::{ApiServer, LabError, Server};
use support::{Lines, eventually, program};
use tokio::net::UnixStream;

async fn connect(api: &ApiServer) -> Lines {
    Lines::connect(api.socket()).await.unwrap()
}

/// Polls a future once and drops it.
async fn is_ready_at_once(future: impl Future) -> bool {
    let mut future = pin!(future);
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

#[tokio::test]
async fn a_session_is_alive_from_open_to_close_for_every_client() {
    let api = ApiServer::start(&program()).await.unwrap();
    let (mut one, mut other) = (connect(&api).await, connect(&api).await);
    assert_eq!(one.ask("OPEN s-1").await, "OK");
    assert_eq!(other.ask("SESSION s-1").await, "ALIVE");
    assert_eq!(other.ask("SESSION s-2").await, "GONE");
    assert_eq!(other.ask("CLOSE s-1").await, "OK");
    assert_eq!(one.ask("SESSION s-1").await, "GONE");
    assert!(one.ask("what?").await.starts_with("ERR "));
}

#[tokio::test]
async fn a_frozen_server_accepts_but_does_not_answer_until_it_thaws() {
    let api = ApiServer::start(&program()).await.unwrap();
    let mut before = connect(&api).await;
    api.freeze().unwrap();
    api.freeze().unwrap();

    let mut during = connect(&api).await;
    for client in [&mut before, &mut during] {
        client.send(b"PING\n").await;
        assert!(client.is_silent().await);
    }

    api.thaw().unwrap();
    assert!(before.hear().await.starts_with("PONG "));
    assert!(during.hear().await.starts_with("PONG "));
}

#[tokio::test]
async fn a_killed_server_refuses_and_comes_back_empty_as_another() {
    let mut api = ApiServer::start(&program()).await.unwrap();
    let (socket, pid) = (api.socket().to_owned(), api.pid());
    let mut client = connect(&api).await;
    let instance = client.ask("PING").await;
    assert_eq!(client.ask("OPEN s-1").await, "OK");

    api.kill();
    api.kill();
    assert_eq!(api.pid(), None);
    assert!(socket.exists(), "SIGKILL leaves the socket behind");
    assert!(Lines::connect(&socket).await.is_err());
    assert!(matches!(api.freeze(), Err(LabError::NotRunning { .. })));

    api.restart_empty().await.unwrap();
    assert_eq!(api.socket(), socket);
    assert_ne!(api.pid(), pid);
    let mut client = connect(&api).await;
    assert_ne!(client.ask("PING").await, instance);
    assert_eq!(client.ask("SESSION s-1").await, "GONE");
}

#[tokio::test]
async fn a_frozen_server_can_be_killed_and_brought_back() {
    let mut api = ApiServer::start(&program()).await.unwrap();
    api.freeze().unwrap();
    api.restart_empty().await.unwrap();
    assert!(connect(&api).await.ask("PING").await.starts_with("PONG "));
}

#[tokio::test]
async fn clients_that_leave_in_the_middle_do_no_harm() {
    let api = ApiServer::start(&program()).await.unwrap();
    // Answers to these meet a closed socket (`EPIPE`) when the server wakes up.
    api.freeze().unwrap();
    for _ in 0..20 {
        let mut client = connect(&api).await;
        client.send("PING\n".repeat(100).as_bytes()).await;
        drop(client);
    }
    api.thaw().unwrap();

    let mut client = connect(&api).await;
    assert!(client.ask("PING").await.starts_with("PONG "));
    // In one piece: the server may be gone before a second one is written.
    client.send("x".repeat(5000).as_bytes()).await;
    assert_eq!(
        client.hear().await,
        "",
        "an endless line ends the connection"
    );
    assert!(connect(&api).await.ask("PING").await.starts_with("PONG "));
}

#[tokio::test]
async fn dropping_the_handle_ends_the_process_and_removes_its_directory() {
    let api = ApiServer::start(&program()).await.unwrap();
    let socket = api.socket().to_owned();
    let mut client = connect(&api).await;
    api.freeze().unwrap();
    drop(api);
    assert_eq!(client.hear().await, "");
    assert!(!socket.parent().unwrap().exists());
}

#[tokio::test]
async fn a_start_that_is_given_up_leaves_nothing_behind() {
    let mut api = ApiServer::start(&program()).await.unwrap();
    let socket = api.socket().to_owned();
    // One look begins the start; a machine that is busy elsewhere may even finish it before.
    while is_ready_at_once(api.restart_empty()).await {}
    assert_eq!(api.pid(), None);
    eventually("the half-started process is gone", async || {
        UnixStream::connect(&socket).await.is_err()
    })
    .await;
    api.restart_empty().await.unwrap();
    assert!(connect(&api).await.ask("PING").await.starts_with("PONG "));
}

#[tokio::test(start_paused = true)]
async fn servers_start_and_restart_while_the_clock_is_paused() {
    let before = tokio::time::Instant::now();
    let mut api = ApiServer::start(&program()).await.unwrap();
    api.restart_empty().await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
}
