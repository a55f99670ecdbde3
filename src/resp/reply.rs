//! Writing replies.

use std::io::{self, Write};

/// A reply in RESP2.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Simple(&'static str),
    Error(String),
    Integer(usize),
    Bulk(Vec<u8>),
    Null,
    Array(Vec<Reply>),
}

impl Reply {
    pub(super) fn write_to(&self, writer: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Simple(text) => write!(writer, "+{text}\r\n"),
            // A line end inside would begin another reply.
            Self::Error(text) => write!(writer, "-{}\r\n", text.replace(['\r', '\n'], " ")),
            Self::Integer(number) => write!(writer, ":{number}\r\n"),
            Self::Bulk(bytes) => {
                write!(writer, "${}\r\n", bytes.len())?;
                writer.write_all(bytes)?;
                writer.write_all(b"\r\n")
            }
            Self::Null => writer.write_all(b"$-1\r\n"),
            Self::Array(items) => {
                write!(writer, "*{}\r\n", items.len())?;
                items.iter().try_for_each(|item| item.write_to(writer))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(reply: &Reply) -> String {
        let mut bytes = Vec::new();
        reply.write_to(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_kind_has_its_mark() {
        let scan = Reply::Array(vec![
            Reply::Bulk(b"0".to_vec()),
            Reply::Array(vec![Reply::Null, Reply::Integer(2), Reply::Simple("OK")]),
        ]);
        assert_eq!(
            written(&scan),
            "*2\r\n$1\r\n0\r\n*3\r\n$-1\r\n:2\r\n+OK\r\n"
        );
    }

    #[test]
    fn an_error_stays_on_its_line() {
        let error = Reply::Error("ERR unknown command 'a\r\n+OK'".into());
        assert_eq!(written(&error), "-ERR unknown command 'a  +OK'\r\n");
    }
}
