//! The operator's own connection to Redis, past every proxy.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::LabError;

/// How long Redis may take for a command. A loaded machine is no reason to fail.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that is kept: Redis does not ask for a password, or count it as one too many, later.
#[derive(Debug)]
pub(crate) struct Admin(BufReader<UnixStream>);

impl Admin {
    pub(crate) async fn connect(socket: &Path) -> Result<Self, LabError> {
        let connected = UnixStream::connect(socket).await;
        let stream = connected.map_err(|error| told("connect", &error.to_string()))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Runs a command, written as people type it, whose answer is one line.
    pub(crate) async fn run(&mut self, command: &str) -> Result<String, LabError> {
        let answer = timeout(PATIENCE, self.ask(command)).await;
        match answer {
            Ok(Ok(answer)) if answer.starts_with(['+', ':', '$']) => Ok(answer),
            Ok(Ok(answer)) => Err(told(command, &answer)),
            Ok(Err(error)) => Err(told(command, &error.to_string())),
            Err(_) => Err(told(command, "nothing")),
        }
    }

    async fn ask(&mut self, command: &str) -> std::io::Result<String> {
        self.0
            .write_all(format!("{command}\r\n").as_bytes())
            .await?;
        let mut answer = String::new();
        self.0.read_line(&mut answer).await?;
        Ok(answer.trim_end().to_owned())
    }
}

fn told(command: &str, answer: &str) -> LabError {
    LabError::Told {
        command: command.to_owned(),
        answer: answer.to_owned(),
    }
}
