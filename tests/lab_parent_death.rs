//! No server outlives the program that holds it, not even one that is killed without warning.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/lab.rs"]
mod support;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use health_lab::{ApiServer, Server};
use support::{eventually, program};
use tokio::net::UnixStream;

/// Set in the program that is going to be killed.
const VICTIM: &str = "HEALTH_LAB_VICTIM";

/// Not a test by itself: what runs in the program that the next one kills.
#[tokio::test]
async fn victim() {
    if std::env::var_os(VICTIM).is_none() {
        return;
    }
    let frozen = ApiServer::start(&program()).await.unwrap();
    let running = ApiServer::start(&program()).await.unwrap();
    frozen.freeze().unwrap();
    println!("\nsocket {}", frozen.socket().display());
    println!("socket {}", running.socket().display());
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn servers_die_with_a_parent_that_is_killed_even_frozen_ones() {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["victim", "--exact", "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(victim.stdout.take().unwrap());
    let sockets: Vec<PathBuf> = output
        .lines()
        .filter_map(|line| line.unwrap().strip_prefix("socket ").map(PathBuf::from))
        .take(2)
        .collect();
    assert_eq!(sockets.len(), 2);
    let mut clients = Vec::new();
    for socket in &sockets {
        clients.push(UnixStream::connect(socket).await.unwrap());
    }

    victim.kill().unwrap();
    victim.wait().unwrap();
    for client in clients {
        // The end of the stream comes from the kernel, when the process is really gone.
        let ended = async || {
            let mut byte = [0];
            matches!(client.try_read(&mut byte), Ok(0))
        };
        eventually("the server is gone", ended).await;
    }
    for socket in sockets {
        let directory = socket.parent().unwrap().to_owned();
        eventually("its directory is gone", async || !directory.exists()).await;
    }
}
