//! Reading from peers that may send anything: never more than we allow.

use std::io::{self, BufRead, Read};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;
use std::time::Duration;

/// Gives every connection to `listener` a thread that runs `converse`.
///
/// A connection that fails ends alone, whatever the error: a client that has gone away (`EPIPE`;
/// Rust programs ignore `SIGPIPE`) is everyday life for a server in a test of outages.
pub(crate) fn serve_each<F>(listener: &UnixListener, converse: F) -> !
where
    F: Fn(UnixStream) -> io::Result<()> + Clone + Send + 'static,
{
    loop {
        let Ok((stream, _)) = listener.accept() else {
            // Out of file descriptors, most likely; it passes when clients leave.
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        let converse = converse.clone();
        let spawned = thread::Builder::new().spawn(move || converse(stream));
        // Without a thread the stream is dropped, which the client sees as a closed connection.
        drop(spawned);
    }
}

/// Reads one line of at most `limit` bytes, its end included, and returns it without the end.
///
/// `None` is the end of the stream between two lines. A longer line, or one that the end cuts off,
/// is an error of kind `InvalidData`.
pub(crate) fn read_line(reader: &mut impl BufRead, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    reader.take(limit as u64).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "line too long or cut off",
        ));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_ends_and_the_stream_may_end_between_them() {
        let mut input = &b"one\r\n\ntwo\n"[..];
        assert_eq!(read_line(&mut input, 10).unwrap().unwrap(), b"one");
        assert_eq!(read_line(&mut input, 10).unwrap().unwrap(), b"");
        assert_eq!(read_line(&mut input, 10).unwrap().unwrap(), b"two");
        assert_eq!(read_line(&mut input, 10).unwrap(), None);
    }

    #[test]
    fn a_line_beyond_the_limit_is_an_error() {
        assert!(read_line(&mut &b"12345\n"[..], 6).unwrap().is_some());
        assert!(read_line(&mut &b"123456\n"[..], 6).is_err());
    }

    #[test]
    fn a_line_that_is_cut_off_is_an_error() {
        assert!(read_line(&mut &b"PIN"[..], 100).is_err());
    }
}
