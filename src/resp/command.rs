//! Reading commands. The peer is not trusted: nothing is allocated on its word alone.

use std::io::{self, BufRead, Read};

use crate::lines::read_line;

/// The longest header or inline command, in bytes, its end included.
const MAX_LINE: usize = 4096;
/// The most arguments of a command, its name included.
const MAX_ARGUMENTS: usize = 1024;
/// The most bytes of all arguments of a command together.
const MAX_BYTES: usize = 1024 * 1024;

/// A command: its name and what follows. There is always a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) name: Vec<u8>,
    pub(super) arguments: Vec<Vec<u8>>,
}

/// Why no command could be read.
#[derive(Debug)]
pub(super) enum Unreadable {
    Io(io::Error),
    Protocol(&'static str),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::InvalidData {
            Self::Protocol("line too long or cut off")
        } else {
            Self::Io(error)
        }
    }
}

impl Command {
    /// Reads an array of bulk strings, or a line of words as people type it.
    ///
    /// `None` is the end of the stream between two commands. Empty lines and empty arrays are
    /// skipped, as Redis does.
    pub(super) fn read(reader: &mut impl BufRead) -> Result<Option<Self>, Unreadable> {
        while let Some(line) = read_line(reader, MAX_LINE)? {
            let words = match line.strip_prefix(b"*") {
                Some(count) => read_array(reader, count)?,
                None => line
                    .split(u8::is_ascii_whitespace)
                    .filter(|word| !word.is_empty())
                    .map(<[u8]>::to_vec)
                    .collect(),
            };
            let mut words = words.into_iter();
            if let Some(name) = words.next() {
                return Ok(Some(Self {
                    name,
                    arguments: words.collect(),
                }));
            }
        }
        Ok(None)
    }

    /// Compares the name, in any case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

fn read_array(reader: &mut impl BufRead, count: &[u8]) -> Result<Vec<Vec<u8>>, Unreadable> {
    let count = number(count, MAX_ARGUMENTS, "invalid multibulk length")?;
    let mut words = Vec::new();
    let mut left = MAX_BYTES;
    for _ in 0..count {
        let header = read_line(reader, MAX_LINE)?.ok_or(Unreadable::Protocol("cut off"))?;
        let length = header
            .strip_prefix(b"$")
            .ok_or(Unreadable::Protocol("expected '$'"))?;
        let length = number(length, left, "invalid bulk length")?;
        left -= length;
        words.push(read_bulk(reader, length)?);
    }
    Ok(words)
}

fn read_bulk(reader: &mut impl BufRead, length: usize) -> Result<Vec<u8>, Unreadable> {
    let mut bulk = Vec::new();
    reader.take(length as u64 + 2).read_to_end(&mut bulk)?;
    // `read_to_end` stops early at the end of the stream; the line end is then missing.
    if bulk.len() != length + 2 || !bulk.ends_with(b"\r\n") {
        return Err(Unreadable::Protocol("bulk string without its line end"));
    }
    bulk.truncate(length);
    Ok(bulk)
}

/// Reads a length in decimal digits. `-1`, the null of replies, is none in a command.
fn number(digits: &[u8], limit: usize, why: &'static str) -> Result<usize, Unreadable> {
    std::str::from_utf8(digits)
        .ok()
        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|&number| number <= limit)
        .ok_or(Unreadable::Protocol(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(mut input: &[u8]) -> Result<Option<Command>, Unreadable> {
        Command::read(&mut input)
    }

    fn command(words: &[&str]) -> Command {
        let mut words = words.iter().map(|word| word.as_bytes().to_vec());
        Command {
            name: words.next().unwrap(),
            arguments: words.collect(),
        }
    }

    #[test]
    fn arrays_and_inline_commands_read_the_same() {
        let expected = command(&["GET", "key"]);
        let array = read(b"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
        assert_eq!(array.unwrap().unwrap(), expected);
        assert_eq!(read(b"  GET  key \r\n").unwrap().unwrap(), expected);
    }

    #[test]
    fn bulk_strings_may_hold_line_ends() {
        let read = read(b"*2\r\n$4\r\nECHO\r\n$4\r\na\r\nb\r\n").unwrap();
        assert_eq!(read.unwrap().arguments, [b"a\r\nb".to_vec()]);
    }

    #[test]
    fn empty_lines_and_arrays_are_skipped() {
        let read = read(b"\r\n*0\r\nPING\r\n").unwrap();
        assert_eq!(read.unwrap(), command(&["PING"]));
    }

    #[test]
    fn lengths_beyond_the_limits_are_refused_before_anything_is_read() {
        for input in [
            &b"*1025\r\n"[..],
            b"*99999999999999999999999\r\n",
            b"*-1\r\n",
            b"*+1\r\n",
            b"*1\r\n$1048577\r\n",
            b"*1\r\n$-1\r\n",
            b"*1\r\n$\r\n",
        ] {
            let read = read(input);
            assert!(matches!(read, Err(Unreadable::Protocol(_))), "{read:?}");
        }
    }

    #[test]
    fn the_limit_counts_all_arguments_together() {
        let mut input = b"*2\r\n$1048576\r\n".to_vec();
        input.extend(vec![b'x'; MAX_BYTES]);
        input.extend(b"\r\n$1\r\ny\r\n");
        assert!(matches!(read(&input), Err(Unreadable::Protocol(_))));
    }

    #[test]
    fn a_command_that_is_cut_off_is_an_error() {
        let whole = b"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n";
        assert!(read(&whole[..0]).unwrap().is_none());
        for end in 1..whole.len() {
            assert!(read(&whole[..end]).is_err(), "cut off at {end}");
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics(input in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut rest = &input[..];
            while let Ok(Some(_)) = Command::read(&mut rest) {}
        }

        #[test]
        fn nearly_right_input_never_panics(input in r"([*$][-+]?[0-9]{0,21}(\r\n|\n|\r)|[a-z]{0,3}){0,8}") {
            let mut rest = input.as_bytes();
            while let Ok(Some(_)) = Command::read(&mut rest) {}
        }
    }
}
