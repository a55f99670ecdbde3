//! What goes wrong with a Redis, each in the real one.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::sleep;

use crate::place;
use crate::process::HasProcess;
use crate::redis_admin::Admin;
use crate::redis_server::{DUMP, RedisServer};
use crate::{LabError, Server};

/// How long Redis may take to notice that it cannot save.
const PATIENCE: Duration = Duration::from_secs(10);

/// A kind of fault, as operators of Redis know it. All of them are had from a real server: by
/// signals, or by the configuration that leads there in earnest.
///
/// | fault | reads | writes | what it holds afterwards |
/// |---|---|---|---|
/// | `Killed` | refused | refused | nothing |
/// | `RestartedEmpty` | answered | answered | nothing |
/// | `Frozen` | silence | silence | everything |
/// | `Loading` | `LOADING` | `LOADING` | what it had when it went |
/// | `OutOfConnections` | no new connection | the same | everything |
/// | `OutOfMemory` | answered | `OOM` | everything |
/// | `Resynced` | answered | `READONLY` | nothing; `run_id` is as before |
/// | `ReadOnly` | answered | `READONLY` | everything |
/// | `MasterDown` | `MASTERDOWN` | `READONLY` | everything |
/// | `DiskFailed` | answered | `MISCONF` | everything |
/// | `PasswordAsked` | `NOAUTH` | `NOAUTH` | everything |
/// | `Forbidden` | `NOPERM` | `NOPERM` | everything |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RedisFault {
    /// `SIGKILL`, and started again when the fault ends.
    Killed,
    /// `SIGKILL`, and started again at once.
    RestartedEmpty,
    /// `SIGSTOP`, and `SIGCONT` when the fault ends.
    Frozen,
    /// Started again with its data, which it reads slowly.
    Loading,
    /// Made a replica of a master that was started empty, whose data it takes over.
    Resynced,
    /// As many clients as it allows, and all others turned away.
    OutOfConnections,
    /// More in it than it may hold.
    OutOfMemory,
    /// A replica of a master that is not there, with old answers to reads.
    ReadOnly,
    /// The same, without answers.
    MasterDown,
    /// A snapshot that could not be written.
    DiskFailed,
    /// A password that nobody here knows.
    PasswordAsked,
    /// A user who may do less than before: neither `SISMEMBER` nor `SADD`.
    Forbidden,
}

/// A fault that is in force, and has to be [ended](Self::end).
#[derive(Debug)]
#[must_use = "a fault that is not ended stays"]
pub struct InForce {
    fault: RedisFault,
    admin: Option<Admin>,
    /// The one that it is a replica of.
    _master: Option<RedisServer>,
}

impl RedisFault {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Killed,
        Self::RestartedEmpty,
        Self::Frozen,
        Self::Loading,
        Self::Resynced,
        Self::OutOfConnections,
        Self::OutOfMemory,
        Self::ReadOnly,
        Self::MasterDown,
        Self::DiskFailed,
        Self::PasswordAsked,
        Self::Forbidden,
    ];

    /// Returns its name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::RestartedEmpty => "restarted empty",
            Self::Frozen => "frozen",
            Self::Loading => "loading",
            Self::Resynced => "resynced",
            Self::OutOfConnections => "out of connections",
            Self::OutOfMemory => "out of memory",
            Self::ReadOnly => "read only",
            Self::MasterDown => "master down",
            Self::DiskFailed => "disk failed",
            Self::PasswordAsked => "password asked",
            Self::Forbidden => "forbidden",
        }
    }

    /// Says whether what was in Redis before is lost, or old, afterwards.
    #[must_use]
    pub const fn takes_data(self) -> bool {
        match self {
            Self::Killed | Self::RestartedEmpty | Self::Loading | Self::Resynced => true,
            Self::Frozen
            | Self::OutOfConnections
            | Self::OutOfMemory
            | Self::ReadOnly
            | Self::MasterDown
            | Self::DiskFailed
            | Self::PasswordAsked
            | Self::Forbidden => false,
        }
    }

    /// Brings it about. `time` is how long it is meant to last, which one that loads must know before.
    ///
    /// # Errors
    ///
    /// [`LabError`] if Redis does not run, does not start again, or does not do as it is told.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves it half done. A restart ends all of it.
    pub async fn begin(self, redis: &mut RedisServer, time: Duration) -> Result<InForce, LabError> {
        let (mut admin, mut master) = (None, None);
        match self {
            Self::Killed => redis.kill(),
            Self::RestartedEmpty => redis.restart_empty().await?,
            Self::Frozen => redis.freeze()?,
            Self::Loading => redis.restart_loading(time).await?,
            Self::Resynced => {
                let mut connected = Admin::connect(redis.socket()).await?;
                master = Some(take_over_nothing(&mut connected).await?);
                // What it was sent, which its next start would find.
                place::remove_if_there(&dump(redis)).map_err(LabError::Place)?;
                admin = Some(connected);
            }
            _ => {
                let mut connected = Admin::connect(redis.socket()).await?;
                for command in self.commands().begin {
                    connected.run(command).await?;
                }
                if self == Self::DiskFailed {
                    fail_to_save(&mut connected, redis).await?;
                }
                admin = Some(connected);
            }
        }
        Ok(InForce {
            fault: self,
            admin,
            _master: master,
        })
    }

    fn commands(self) -> Commands {
        let (begin, end): (&[_], &[_]) = match self {
            Self::OutOfConnections => (
                &["CONFIG SET maxclients 1", DISCONNECT_ALL],
                &["CONFIG SET maxclients 10000"],
            ),
            Self::OutOfMemory => (&["CONFIG SET maxmemory 1"], &["CONFIG SET maxmemory 0"]),
            Self::Resynced => (&[], &["REPLICAOF NO ONE"]),
            Self::ReadOnly => (&["REPLICAOF 127.0.0.1 1"], &["REPLICAOF NO ONE"]),
            Self::MasterDown => (
                &[
                    "CONFIG SET replica-serve-stale-data no",
                    "REPLICAOF 127.0.0.1 1",
                ],
                &[
                    "REPLICAOF NO ONE",
                    "CONFIG SET replica-serve-stale-data yes",
                ],
            ),
            // With no points at which it is to save, it does not mind that it cannot.
            Self::DiskFailed => (&["CONFIG SET save \"3600 1\""], &["CONFIG SET save \"\""]),
            Self::PasswordAsked => (
                &["CONFIG SET requirepass nobody-knows", DISCONNECT_ALL],
                &["CONFIG SET requirepass \"\""],
            ),
            Self::Forbidden => (
                &["ACL SETUSER default -sismember -sadd"],
                &["ACL SETUSER default +sismember +sadd"],
            ),
            Self::Killed | Self::RestartedEmpty | Self::Frozen | Self::Loading => (&[], &[]),
        };
        Commands { begin, end }
    }
}

/// What an operator would type, to bring a fault about and to end it.
struct Commands {
    begin: &'static [&'static str],
    end: &'static [&'static str],
}

/// Those who are connected would be let stay.
const DISCONNECT_ALL: &str = "CLIENT KILL TYPE normal SKIPME yes";

impl InForce {
    /// Ends it: Redis is well again, and holds what the fault has left it.
    ///
    /// # Errors
    ///
    /// [`LabError`] if Redis does not start again or does not do as it is told.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the fault in force. A restart ends it.
    pub async fn end(self, redis: &mut RedisServer) -> Result<(), LabError> {
        match self.fault {
            RedisFault::Killed => return redis.restart_empty().await,
            RedisFault::Frozen => return redis.thaw(),
            RedisFault::DiskFailed => {
                let path = dump(redis);
                fs::remove_dir(&path).map_err(LabError::Place)?;
            }
            _ => {}
        }
        if let Some(mut admin) = self.admin {
            for command in self.fault.commands().end {
                admin.run(command).await?;
            }
        }
        Ok(())
    }
}

fn dump(redis: &RedisServer) -> PathBuf {
    redis.process().directory().join(DUMP)
}

/// Starts a master with nothing in it, and waits until it has been taken over.
async fn take_over_nothing(admin: &mut Admin) -> Result<RedisServer, LabError> {
    let master = RedisServer::start_on_tcp().await?;
    let port = master.tcp_address().map_or(0, |address| address.port());
    // It would wait for other replicas to come.
    let mut of_master = Admin::connect(master.socket()).await?;
    of_master
        .run("CONFIG SET repl-diskless-sync-delay 0")
        .await?;
    admin.run(&format!("SET {MARK} here")).await?;
    admin.run(&format!("REPLICAOF 127.0.0.1 {port}")).await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < deadline {
        // While it takes the data over it may say that it loads.
        if matches!(admin.run(&format!("EXISTS {MARK}")).await, Ok(count) if count == ":0") {
            return Ok(master);
        }
        sleep(Duration::from_millis(2)).await;
    }
    Err(LabError::Told {
        command: "REPLICAOF".into(),
        answer: "nothing was taken over".into(),
    })
}

/// A key that is gone when everything is.
const MARK: &str = "health-lab:mark";

/// Puts a directory where the snapshot is to go, has one written, and waits until Redis knows that it
/// was not.
async fn fail_to_save(admin: &mut Admin, redis: &RedisServer) -> Result<(), LabError> {
    fs::create_dir(dump(redis)).map_err(LabError::Place)?;
    admin.run("BGSAVE").await?;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        // It refuses to say `PONG` once it refuses to write.
        match admin.run("PING").await {
            Err(LabError::Told { answer, .. }) if answer.starts_with("-MISCONF") => return Ok(()),
            Ok(_) if tokio::time::Instant::now() < deadline => {
                sleep(Duration::from_millis(2)).await
            }
            other => {
                return Err(LabError::Told {
                    command: "BGSAVE".into(),
                    answer: format!("{other:?}, and it can write"),
                });
            }
        }
    }
}
