//! The servers themselves, past every proxy and past the code under test: what they really hold.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Whoever does not answer within this is asked again later.
const PATIENCE: Duration = Duration::from_millis(500);

pub struct Direct {
    redis: PathBuf,
    api: PathBuf,
}

impl Direct {
    pub const fn new(redis: PathBuf, api: PathBuf) -> Self {
        Self { redis, api }
    }

    /// Which of these sessions have a heartbeat in Redis; `None` if it does not say.
    pub async fn with_heartbeat(&self, ids: &BTreeSet<String>) -> Option<BTreeSet<String>> {
        let questions = ids
            .iter()
            .map(|id| format!("SISMEMBER heartbeats {id}\r\n"));
        let answers = ask(&self.redis, questions).await.ok()?;
        pick(ids, &answers, ":1", ":0")
    }

    /// Which of these sessions the API knows; `None` if it does not say.
    pub async fn known(&self, ids: &BTreeSet<String>) -> Option<BTreeSet<String>> {
        let questions = ids.iter().map(|id| format!("SESSION {id}\n"));
        let answers = ask(&self.api, questions).await.ok()?;
        pick(ids, &answers, "ALIVE", "GONE")
    }

    /// Takes heartbeats away, as their expiry does.
    pub async fn expire(&self, ids: &BTreeSet<String>) -> io::Result<()> {
        let commands = ids.iter().map(|id| format!("SREM heartbeats {id}\r\n"));
        ask(&self.redis, commands).await.map(drop)
    }

    /// Signs sessions off at the API.
    pub async fn close(&self, ids: &BTreeSet<String>) -> io::Result<()> {
        let commands = ids.iter().map(|id| format!("CLOSE {id}\n"));
        ask(&self.api, commands).await.map(drop)
    }
}

fn pick(
    ids: &BTreeSet<String>,
    answers: &[String],
    yes: &str,
    no: &str,
) -> Option<BTreeSet<String>> {
    let mut picked = BTreeSet::new();
    for (id, answer) in ids.iter().zip(answers) {
        if answer == yes {
            picked.insert(id.clone());
        } else if answer != no {
            return None;
        }
    }
    Some(picked)
}

/// Sends lines and reads as many.
async fn ask(socket: &Path, lines: impl Iterator<Item = String>) -> io::Result<Vec<String>> {
    let lines: Vec<String> = lines.collect();
    let asked = async {
        let mut stream = BufReader::new(UnixStream::connect(socket).await?);
        stream.write_all(lines.concat().as_bytes()).await?;
        let mut answers = Vec::new();
        for _ in &lines {
            let mut answer = String::new();
            if stream.read_line(&mut answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            answers.push(answer.trim_end().to_owned());
        }
        Ok(answers)
    };
    timeout(PATIENCE, asked).await?
}
