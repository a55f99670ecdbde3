//! Any bytes as the requests of a client of the session API.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::pieces::Pieces;

#[allow(dead_code, reason = "nobody listens here")]
#[path = "../../../src/api.rs"]
mod server;

/// One answer a line, what it has to be, however the bytes arrive; after a line that is too long, none.
pub fn run(input: &[u8]) {
    let answers = answers(input, usize::MAX);
    let step = input.first().map_or(1, |first| 1 + usize::from(*first));
    assert_eq!(answers, self::answers(input, step), "in pieces of {step}");
    assert_eq!(answers, expected(input));
}

fn answers(input: &[u8], piece: usize) -> String {
    let api = Mutex::new(server::Api::new("i-1".into()));
    let mut output = Vec::new();
    // How a client ends is nobody's mistake.
    drop(server::converse(
        &api,
        Pieces::new(input, piece),
        &mut output,
    ));
    String::from_utf8(output).expect("answers are text")
}

/// The protocol once more, as its table reads.
fn expected(input: &[u8]) -> String {
    let mut open = BTreeSet::new();
    let mut answers = String::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        if line.len() > 1024 || !line.ends_with(b"\n") {
            break;
        }
        let line = String::from_utf8_lossy(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        let (word, rest) = words.split_first().map_or(("", &[][..]), |(w, r)| (*w, r));
        answers += match (word, rest) {
            ("PING", []) => "PONG i-1",
            ("OPEN" | "SESSION" | "CLOSE", [id]) if id.len() > 128 => {
                "ERR an id has at most 128 bytes"
            }
            ("OPEN", [id]) => {
                open.insert((*id).to_owned());
                "OK"
            }
            ("CLOSE", [id]) => {
                open.remove(*id);
                "OK"
            }
            ("SESSION", [id]) if open.contains(*id) => "ALIVE",
            ("SESSION", [_]) => "GONE",
            ("OPEN" | "SESSION" | "CLOSE", _) => "ERR expected one id",
            _ => "ERR unknown request",
        };
        answers.push('\n');
    }
    answers
}
