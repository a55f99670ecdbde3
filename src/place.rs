//! A directory of its own for each server: its socket and its log.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::LabError;

/// How every directory begins; the watcher refuses to remove anything else.
pub(crate) const PREFIX: &str = "health-lab-";

/// A socket address holds 108 bytes on Linux, 104 on macOS, one of them for the final NUL.
const MAX_SOCKET_PATH: usize = 100;

/// A temporary directory, removed on drop.
#[derive(Debug)]
pub(crate) struct Place {
    directory: TempDir,
    starting: Mutex<()>,
    announced: AtomicU64,
}

/// The right to start a process in a place, while no other is announced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start(u64);

impl Place {
    /// Makes a directory in the temporary directory of the system, or in `/tmp` when the path of a
    /// socket there would be too long for a socket address or would need escapes in a URL.
    pub(crate) fn new() -> Result<Self, LabError> {
        let directory = match tempfile::Builder::new().prefix(PREFIX).tempdir() {
            Ok(directory) if is_plain_and_short(&directory.path().join("s")) => directory,
            _ => tempfile::Builder::new()
                .prefix(PREFIX)
                .tempdir_in("/tmp")
                .map_err(LabError::Place)?,
        };
        Ok(Self {
            directory,
            starting: Mutex::new(()),
            announced: AtomicU64::new(0),
        })
    }

    /// Announces a start. All that were announced before are void from now on.
    pub(crate) fn announce_start(&self) -> Start {
        Start(self.announced.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Waits until nobody else starts a process here; `None` if `start` is void.
    ///
    /// A start runs on a thread that nobody can stop. One that was given up may be half-way, and
    /// must be done with the socket before the next takes it over; or it may not have begun, and
    /// must not take the socket away later.
    pub(crate) fn begin(&self, start: Start) -> Option<MutexGuard<'_, ()>> {
        let alone = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        (self.announced.load(Ordering::Relaxed) == start.0).then_some(alone)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory().join("s")
    }
}

/// The log of the process that runs in `directory`.
pub(crate) fn log(directory: &Path) -> PathBuf {
    directory.join("log")
}

/// Removes what a killed process has left, or its successor could not bind.
pub(crate) fn remove_stale_socket(socket: &Path) -> io::Result<()> {
    remove_if_there(socket)
}

pub(crate) fn remove_if_there(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_plain_and_short(path: &Path) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.len() <= MAX_SOCKET_PATH && bytes.iter().copied().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_start_that_was_announced_last_may_begin() {
        let place = Place::new().unwrap();
        let given_up = place.announce_start();
        assert!(place.begin(given_up).is_some());
        let next = place.announce_start();
        assert!(place.begin(next).is_some());
        assert!(place.begin(given_up).is_none());
    }

    #[test]
    fn long_paths_and_those_that_need_escapes_are_not_used() {
        assert!(is_plain_and_short(Path::new("/tmp/health-lab-x7Yz_1/s")));
        assert!(!is_plain_and_short(Path::new("/tmp/my files/s")));
        let long = format!("/tmp/{}/s", "x".repeat(MAX_SOCKET_PATH));
        assert!(!is_plain_and_short(Path::new(&long)));
    }
}
