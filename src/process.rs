//! A child process that answers on a Unix socket, and that never outlives us.
//!
//! Two things can end us without a word: a panic that aborts, and `SIGKILL`. `Drop` runs in
//! neither, and a parent-death signal needs `unsafe` or a parent that is a single thread. So each
//! server has a watcher, a shell that reads from a pipe whose other end only we hold. When we are
//! gone, however we went, its read ends, and it kills the server: `SIGKILL` works on a frozen one.
//!
//! A process id is only meaningful until its process has been waited for. Hence the order in
//! [`Running::stop`]: the watcher, which knows the id, goes before the server is waited for.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::LabError;
use crate::lines::read_line;
use crate::place::{self, Place};

/// How long a new process may take to answer. A loaded machine is no reason to fail a test.
const START_PATIENCE: Duration = Duration::from_secs(10);

/// How long a process may take to stop after `SIGSTOP`; the kernel needs microseconds.
const FREEZE_PATIENCE: Duration = Duration::from_secs(1);

/// How long one question of the readiness check may take.
const ANSWER_PATIENCE: Duration = Duration::from_millis(500);

/// The longest answer of the readiness check, in bytes.
const MAX_ANSWER: usize = 1024;

/// The pause between two looks at something that others change.
const POLL: Duration = Duration::from_millis(2);

/// What the watcher runs; `$1` is the id of the server, `$2` its directory.
const WATCH: &str = r#"
read -r _
kill -KILL "$1"
case "${2##*/}" in
    health-lab-*) rm -rf -- "$2" ;;
esac
"#;

/// How to start a server and how to tell that it answers.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// The request of the readiness check, with its line end.
    pub(crate) ping: &'static str,
    /// How the answer begins: one of these.
    pub(crate) pongs: &'static [&'static str],
}

/// A server: how to start it, where it lives, and the process if there is one.
#[derive(Debug)]
pub struct Process {
    recipe: Recipe,
    socket: PathBuf,
    /// Before `place`: the process must be gone before its directory is removed.
    running: Option<Running>,
    /// Shared with a start that is under way, which may outlive the future that waits for it.
    place: Arc<Place>,
}

impl Process {
    /// Starts what `recipe` says about the socket it is given, and waits until it answers.
    pub(crate) async fn start(
        recipe: impl FnOnce(&Path) -> Recipe + Send,
    ) -> Result<Self, LabError> {
        let place = Arc::new(Place::new()?);
        let socket = place.socket();
        let mut process = Self {
            recipe: recipe(&socket),
            socket,
            running: None,
            place,
        };
        process.restart().await?;
        Ok(process)
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.server.id())
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Where it runs, and finds the files of before.
    pub(crate) fn directory(&self) -> &Path {
        self.place.directory()
    }

    pub(crate) fn kill(&mut self) {
        drop(self.running.take());
    }

    pub(crate) fn freeze(&self) -> Result<(), LabError> {
        let pid = self.signal(Signal::STOP)?;
        let deadline = Instant::now() + FREEZE_PATIENCE;
        loop {
            // `NOWAIT` leaves the report in place, so that freezing twice finds it twice.
            let stopped = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            match waitid(WaitId::Pid(pid), stopped) {
                Ok(Some(_)) => return Ok(()),
                Ok(None) if Instant::now() < deadline => thread::sleep(POLL),
                Ok(None) => return Err(self.signal_failed(io::ErrorKind::TimedOut.into())),
                Err(error) => return Err(self.signal_failed(error.into())),
            }
        }
    }

    pub(crate) fn thaw(&self) -> Result<(), LabError> {
        self.signal(Signal::CONT).map(drop)
    }

    pub(crate) async fn restart(&mut self) -> Result<(), LabError> {
        self.restart_as(self.recipe.clone()).await
    }

    /// Restarts it by another recipe, this once.
    pub(crate) async fn restart_as(&mut self, recipe: Recipe) -> Result<(), LabError> {
        self.kill();
        let socket = self.socket.clone();
        let place = Arc::clone(&self.place);
        // Starting a process and asking whether it is ready blocks; the tests run on one thread, and
        // with tokio's clock paused they must not wait by that clock either.
        let start = place.announce_start();
        let started = tokio::task::spawn_blocking(move || {
            let _alone = place.begin(start)?;
            Some(Running::start(&recipe, &socket, place.directory()))
        });
        let started = started.await.expect("starting a process does not panic");
        self.running = Some(started.expect("no other start while this one borrows us")?);
        Ok(())
    }

    fn signal(&self, signal: Signal) -> Result<Pid, LabError> {
        let running = self.running.as_ref().ok_or(LabError::NotRunning {
            program: self.recipe.program.clone(),
        })?;
        if running.has_ended() {
            return Err(LabError::NotRunning {
                program: self.recipe.program.clone(),
            });
        }
        let pid = Pid::from_child(&running.server);
        kill_process(pid, signal).map_err(|error| self.signal_failed(error.into()))?;
        Ok(pid)
    }

    fn signal_failed(&self, source: io::Error) -> LabError {
        LabError::Signal {
            program: self.recipe.program.clone(),
            source,
        }
    }
}

/// What [`Server`](crate::Server) needs; here because it must not be implemented elsewhere.
pub trait HasProcess: Send {
    fn process(&self) -> &Process;
    fn process_mut(&mut self) -> &mut Process;
}

/// A server process and its watcher. Dropping it kills both.
#[derive(Debug)]
struct Running {
    server: Child,
    watcher: Child,
}

impl Running {
    fn start(recipe: &Recipe, socket: &Path, directory: &Path) -> Result<Self, LabError> {
        place::remove_stale_socket(socket).map_err(LabError::Place)?;
        let mut running = Self::spawn(recipe, directory).map_err(|source| LabError::Spawn {
            program: recipe.program.clone(),
            source,
        })?;
        running.wait_until_ready(recipe, socket, directory)?;
        Ok(running)
    }

    fn spawn(recipe: &Recipe, directory: &Path) -> io::Result<Self> {
        let log = File::create(place::log(directory))?;
        // A group of their own: a Ctrl-C in the terminal is for us, and we decide what it means.
        let mut server = Command::new(&recipe.program)
            .args(&recipe.arguments)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        let watcher = Command::new("sh")
            .args(["-c", WATCH, "watcher"])
            .arg(server.id().to_string())
            .arg(directory)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match watcher {
            Ok(watcher) => Ok(Self { server, watcher }),
            Err(error) => {
                server.kill()?;
                server.wait()?;
                Err(error)
            }
        }
    }

    fn wait_until_ready(
        &mut self,
        recipe: &Recipe,
        socket: &Path,
        directory: &Path,
    ) -> Result<(), LabError> {
        let deadline = Instant::now() + START_PATIENCE;
        while !answers(socket, recipe) {
            if self.has_ended() {
                let status = self.stop().map_err(|source| LabError::Signal {
                    program: recipe.program.clone(),
                    source,
                })?;
                return Err(LabError::Exited {
                    program: recipe.program.clone(),
                    status,
                    log: end_of_log(directory),
                });
            }
            if Instant::now() > deadline {
                return Err(LabError::NotReady {
                    program: recipe.program.clone(),
                    patience: START_PATIENCE,
                    log: end_of_log(directory),
                });
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Says whether the process is gone, without taking its id out of use.
    fn has_ended(&self) -> bool {
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(
            waitid(WaitId::Pid(Pid::from_child(&self.server)), ended),
            Ok(None)
        )
    }

    /// Ends both processes. Sound to call twice.
    fn stop(&mut self) -> io::Result<ExitStatus> {
        let killed = self.server.kill();
        // Before the server is waited for: see the head of this file.
        self.watcher.kill()?;
        self.watcher.wait()?;
        killed?;
        self.server.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!(
                "health-lab: process {} was not ended: {error}",
                self.server.id()
            );
        }
    }
}

/// Asks once whether the server is ready. Any trouble means: not yet.
fn answers(socket: &Path, recipe: &Recipe) -> bool {
    let ask = || -> io::Result<Vec<u8>> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(ANSWER_PATIENCE))?;
        stream.set_write_timeout(Some(ANSWER_PATIENCE))?;
        stream.write_all(recipe.ping.as_bytes())?;
        let answer = read_line(&mut BufReader::new(stream), MAX_ANSWER)?;
        Ok(answer.unwrap_or_default())
    };
    let is_pong = |answer: Vec<u8>| {
        recipe
            .pongs
            .iter()
            .any(|pong| answer.starts_with(pong.as_bytes()))
    };
    ask().is_ok_and(is_pong)
}

/// The last part of what the process has printed, on one line.
fn end_of_log(directory: &Path) -> String {
    let text = std::fs::read(place::log(directory)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let last = &lines[lines.len().saturating_sub(5)..];
    if last.is_empty() {
        "it printed nothing".into()
    } else {
        last.join(" / ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watcher_removes_only_what_we_have_made() {
        assert!(WATCH.contains(&format!("{}*)", place::PREFIX)));
    }

    #[tokio::test]
    async fn a_program_that_ends_at_once_is_reported_with_what_it_said() {
        let started = Process::start(|_socket| Recipe {
            program: "sh".into(),
            arguments: vec!["-c".into(), "echo bad option >&2; exit 3".into()],
            ping: "PING\n",
            pongs: &["PONG"],
        });
        let error = started.await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "`sh` ended before it answered (exit status: 3): bad option"
        );
    }

    #[tokio::test]
    async fn a_program_that_does_not_exist_is_named() {
        let started = Process::start(|_socket| Recipe {
            program: "no-such-server".into(),
            arguments: Vec::new(),
            ping: "PING\n",
            pongs: &["PONG"],
        });
        let error = started.await.unwrap_err();
        assert_eq!(error.to_string(), "`no-such-server` did not start");
    }
}
