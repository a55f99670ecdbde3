//! The start: checks everything that is declared and annotated, then starts what runs in the
//! background.
//!
//! - [`builder`]: what the application declares in code
//! - [`check`]: all problems at once, pure
//! - `configured`: a configuration by operators (feature `config`)
//! - [`guard`]: what keeps it running

mod builder;
mod check;
#[cfg(feature = "config")]
mod configured;
mod guard;

pub use self::builder::Builder;
pub use self::check::InitError;
#[cfg(all(test, feature = "config"))]
pub(crate) use self::check::unknown_levels;
pub use self::guard::HealthGuard;

/// Declares dependencies, the gate and the audit in code. Nothing happens before
/// [`Builder::init`].
///
/// # Examples
///
/// ```standalone_crate
/// use health_runtime::probe::TcpProbe;
/// use health_runtime::{Criticality, Dependency};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), health_runtime::InitError> {
/// let health = health_runtime::builder()
///     .dependency(Dependency::new("redis").probe(TcpProbe::new("127.0.0.1:6379").send("PING\r\n").expect("+PONG")))
///     .dependency(Dependency::new("search").criticality(Criticality::Low))
///     .init()
///     .await?;
/// health.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub fn builder() -> Builder {
    Builder::default()
}

/// Starts the runtime with what the attributes say: every name they mention is a critical
/// dependency with the defaults, probed by its `#[probe]` function.
///
/// Keep the guard for as long as the service runs. Without `init()`, `#[guarded]` functions work
/// with the defaults, and every `#[destructive]` one is denied.
///
/// # Errors
///
/// [`InitError`], with all problems at once, each with the file and line of the attribute.
///
/// # Cancel safety
///
/// Dropping the future leaves nothing started.
///
/// # Examples
///
/// ```standalone_crate
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), health_runtime::InitError> {
/// let _health = health_runtime::init().await?;
/// // ... serve ...
/// # Ok(())
/// # }
/// ```
pub async fn init() -> Result<HealthGuard, InitError> {
    builder().init().await
}
