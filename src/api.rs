//! The line protocol of the session API, as its process serves it.

use std::collections::HashSet;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex, PoisonError};

use crate::lines::{read_line, serve_each};
use crate::random;

pub(crate) const PING: &str = "PING\n";
pub(crate) const PONG: &str = "PONG ";

const MAX_LINE: usize = 1024;
const MAX_ID: usize = 128;
const MAX_SESSIONS: usize = 100_000;

/// Serves until the process is killed.
pub(crate) fn serve(listener: &UnixListener) -> ! {
    let api = Arc::new(Mutex::new(Api::new(random::run_id())));
    serve_each(listener, move |stream| {
        converse(&api, stream.try_clone()?, stream)
    })
}

/// Answers the lines of one client until it leaves, or sends one that is too long.
pub(crate) fn converse(
    api: &Mutex<Api>,
    reader: impl Read,
    mut writer: impl Write,
) -> io::Result<()> {
    let mut reader = BufReader::new(reader);
    while let Some(line) = read_line(&mut reader, MAX_LINE)? {
        let answer = {
            let mut api = api.lock().unwrap_or_else(PoisonError::into_inner);
            api.answer(&String::from_utf8_lossy(&line))
        };
        writer.write_all(format!("{answer}\n").as_bytes())?;
    }
    Ok(())
}

/// The sessions of one process.
pub(crate) struct Api {
    instance: String,
    sessions: HashSet<String>,
}

impl Api {
    pub(crate) fn new(instance: String) -> Self {
        Self {
            instance,
            sessions: HashSet::new(),
        }
    }

    fn answer(&mut self, request: &str) -> String {
        let words: Vec<&str> = request.split_whitespace().collect();
        match words[..] {
            ["PING"] => format!("PONG {}", self.instance),
            ["OPEN" | "SESSION" | "CLOSE", id] if id.len() > MAX_ID => {
                format!("ERR an id has at most {MAX_ID} bytes")
            }
            ["OPEN", _] if self.sessions.len() >= MAX_SESSIONS => "ERR too many sessions".into(),
            ["OPEN", id] => {
                self.sessions.insert(id.into());
                "OK".into()
            }
            ["SESSION", id] if self.sessions.contains(id) => "ALIVE".into(),
            ["SESSION", _] => "GONE".into(),
            ["CLOSE", id] => {
                self.sessions.remove(id);
                "OK".into()
            }
            ["OPEN" | "SESSION" | "CLOSE", ..] => "ERR expected one id".into(),
            _ => "ERR unknown request".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lives_from_open_to_close() {
        let mut api = Api::new("i-1".into());
        assert_eq!(api.answer("SESSION s1"), "GONE");
        assert_eq!(api.answer("OPEN s1"), "OK");
        assert_eq!(api.answer("SESSION s1"), "ALIVE");
        assert_eq!(api.answer("CLOSE s1"), "OK");
        assert_eq!(api.answer("SESSION s1"), "GONE");
        assert_eq!(api.answer("CLOSE s1"), "OK");
    }

    #[test]
    fn ping_names_the_instance() {
        assert_eq!(Api::new("i-1".into()).answer("PING"), "PONG i-1");
    }

    #[test]
    fn whatever_is_not_understood_is_an_error() {
        let mut api = Api::new("i-1".into());
        let long = format!("OPEN {}", "x".repeat(MAX_ID + 1));
        for request in ["", "ping", "CLOSE", "CLOSE a b", "\0\u{fffd}", &long] {
            let answer = api.answer(request);
            assert!(answer.starts_with("ERR "), "{request:?}: {answer}");
        }
    }
}
