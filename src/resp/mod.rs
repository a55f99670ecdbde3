//! Enough of Redis to stand in for it: RESP2 over a Unix socket, data in memory.

mod command;
mod reply;
mod store;

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex, PoisonError};

use self::command::{Command, Unreadable};
use self::reply::Reply;
pub(crate) use self::store::Store;
use crate::lines::serve_each;
use crate::random;

pub(crate) const PING: &str = "PING\r\n";
pub(crate) const PONG: &str = "+PONG";

/// Serves until the process is killed.
pub(crate) fn serve(listener: &UnixListener) -> ! {
    let store = Arc::new(Mutex::new(Store::new(random::run_id())));
    serve_each(listener, move |stream| {
        converse(&store, stream.try_clone()?, stream)
    })
}

/// Answers the commands of one client until it leaves or stops making sense.
pub(crate) fn converse(
    store: &Mutex<Store>,
    reader: impl Read,
    writer: impl Write,
) -> io::Result<()> {
    let mut reader = BufReader::new(reader);
    let mut writer = BufWriter::new(writer);
    loop {
        let reply = match Command::read(&mut reader) {
            Ok(None) => return Ok(()),
            Ok(Some(command)) if command.is("QUIT") => {
                Reply::Simple("OK").write_to(&mut writer)?;
                return writer.flush();
            }
            Ok(Some(command)) => {
                let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
                store.execute(&command)
            }
            Err(Unreadable::Io(error)) => return Err(error),
            Err(Unreadable::Protocol(why)) => {
                // As Redis does: where the next command begins is anybody's guess.
                Reply::Error(format!("ERR Protocol error: {why}")).write_to(&mut writer)?;
                return writer.flush();
            }
        };
        reply.write_to(&mut writer)?;
        // A pipeline is answered in one go.
        if reader.buffer().is_empty() {
            writer.flush()?;
        }
    }
}
