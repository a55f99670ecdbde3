//! Any bytes as the commands of a client of the stand-in for Redis.

use std::sync::Mutex;

use crate::pieces::Pieces;

#[allow(dead_code, reason = "nobody listens here")]
#[path = "../../../src/resp/mod.rs"]
mod server;

/// The replies are replies, the same ones however the bytes arrive, and end where the client is not
/// understood any more.
pub fn run(input: &[u8]) {
    let replies = replies(input, usize::MAX);
    let step = input.first().map_or(1, |first| 1 + usize::from(*first));
    assert_eq!(
        replies.escape_ascii().to_string(),
        self::replies(input, step).escape_ascii().to_string(),
        "in pieces of {step}"
    );
    let mut rest = &replies[..];
    while !rest.is_empty() {
        let is_last = rest.starts_with(b"-ERR Protocol error");
        rest = reply(rest).unwrap_or_else(|| panic!("no reply: {}", rest.escape_ascii()));
        assert!(
            !is_last || rest.is_empty(),
            "talks on: {}",
            rest.escape_ascii()
        );
    }
}

fn replies(input: &[u8], piece: usize) -> Vec<u8> {
    let store = Mutex::new(server::Store::new("0123456789abcdef".into()));
    let mut output = Vec::new();
    drop(server::converse(
        &store,
        Pieces::new(input, piece),
        &mut output,
    ));
    output
}

/// What is left behind one reply in RESP2; `None` if there is none.
fn reply(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let (line, rest) = (&bytes[1..end], &bytes[end + 2..]);
    let number = || std::str::from_utf8(line).ok()?.parse::<i64>().ok();
    match bytes[0] {
        b'+' | b'-' if !line.contains(&b'\n') && !line.contains(&b'\r') => Some(rest),
        b':' => number().map(|_| rest),
        b'$' => match number()? {
            -1 => Some(rest),
            length => rest
                .get(usize::try_from(length).ok()?..)?
                .strip_prefix(b"\r\n"),
        },
        b'*' => {
            let count = usize::try_from(number()?).ok()?;
            (0..count).try_fold(rest, |rest, _| reply(rest))
        }
        _ => None,
    }
}
