//! Checks of a dependency: is it there, does it answer, and is it still the same one?
//!
//! A [`Probe`] asks once and answers once. When to ask, and what an answer changes, is decided by
//! the callers; nothing here runs by itself or knows the registry.
//!
//! | probe | proves |
//! |---|---|
//! | [`TcpProbe`], [`UnixProbe`] without a line | that somebody listens, **not** that anybody works |
//! | the same with `.send(..)` and `.expect(..)` | that the process reads, thinks and answers |
//! | `RedisProbe` (feature `redis`) | that Redis answers `PING`, which process it is, and whose data it has (`run_id`, `master_replid`) |
//! | [`from_fn`] | what your own closure asks for |
//!
//! # A connect is not a sign of life
//!
//! The kernel accepts connections on behalf of a process, up to the length of its backlog, whether
//! the process runs or not. A server that is frozen (`SIGSTOP`, a paused container, a dead lock in
//! its accept loop) passes every connect check. A probe that guards something destructive must
//! therefore get an *answer*: configure a line, or use a probe that speaks the protocol.
//!
//! # Identity
//!
//! A probe may say *who* answered, as an [`Identity`]: a run id, a boot id, a cluster epoch. A store
//! that was killed and came back empty answers every question politely, and everything that lived
//! in it looks absent. Only a changed identity tells that case from a healthy one.

mod error;
mod from_fn;
mod identity;
#[cfg(feature = "redis")]
mod info;
mod line;
#[cfg(feature = "redis")]
mod redis;
mod tcp;
#[cfg(unix)]
mod unix;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use self::error::ProbeError;
pub use self::from_fn::{FromFn, ProbeOutput, from_fn, run};
pub use self::identity::Identity;
#[cfg(feature = "redis")]
pub use self::redis::RedisProbe;
pub use self::tcp::TcpProbe;
#[cfg(unix)]
pub use self::unix::UnixProbe;

/// How long the built-in probes wait for everything together unless told otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);

/// The future that [`Probe::check`] returns.
///
/// `Ok(None)` says that the dependency answered, `Ok(Some(identity))` also says who answered.
pub type ProbeFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Identity>, ProbeError>> + Send + 'a>>;

/// Checks a dependency once, each time it is asked.
///
/// Implement it for a check that keeps something between two calls, such as a connection;
/// [`from_fn`] makes one from a closure.
///
/// Callers may drop the future at any point, for example when their own deadline passes, and may
/// run several checks at once. An implementation must stay sound under both: a connection on which
/// a check was given up has an answer outstanding and must not serve the next one.
///
/// # Examples
///
/// ```
/// use health_runtime::probe::{Probe, ProbeError, ProbeFuture};
///
/// struct DiskHasRoom {
///     free_bytes: fn() -> std::io::Result<u64>,
/// }
///
/// impl Probe for DiskHasRoom {
///     fn check(&self) -> ProbeFuture<'_> {
///         Box::pin(async {
///             match (self.free_bytes)()? {
///                 0..1_000_000 => Err(ProbeError::new("less than 1 MB free")),
///                 _ => Ok(None),
///             }
///         })
///     }
/// }
/// ```
pub trait Probe: Send + Sync + 'static {
    /// Asks the dependency for a sign of life.
    ///
    /// # Errors
    ///
    /// The future resolves to a [`ProbeError`] whenever health could not be shown: no answer, a
    /// wrong one, or one that cannot be understood. "Could not check" is an error, never `Ok`.
    fn check(&self) -> ProbeFuture<'_>;
}

impl<P: Probe + ?Sized> Probe for Box<P> {
    fn check(&self) -> ProbeFuture<'_> {
        (**self).check()
    }
}

impl<P: Probe + ?Sized> Probe for Arc<P> {
    fn check(&self) -> ProbeFuture<'_> {
        (**self).check()
    }
}
