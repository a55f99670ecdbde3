//! A dependency that does as it is told.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::DependencyUnhealthy;
use crate::probe::{Identity, Probe, ProbeError, ProbeFuture};
use crate::sync::Mutex;

/// A dependency for tests that answers as its script says, one line for each call or probe, and
/// well when the script has ended.
///
/// # Examples
///
/// ```
/// use health_runtime::testing::{self, ScriptedDependency};
///
/// testing::run(async {
///     let redis = ScriptedDependency::new();
///     redis.fails(1, "connection refused").succeeds(1);
///     assert_eq!(redis.call().await.unwrap_err().to_string(), "connection refused");
///     assert!(redis.call().await.is_ok());
///     assert_eq!(redis.calls(), 2);
/// });
/// ```
#[derive(Clone, Default)]
pub struct ScriptedDependency(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    lines: VecDeque<Line>,
    identity: Option<Identity>,
    calls: usize,
}

#[derive(Clone)]
enum Line {
    Succeed,
    Fail(String),
    Delay(Duration),
    Hang,
}

impl ScriptedDependency {
    /// Creates a dependency with an empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next `n` calls succeed.
    pub fn succeeds(&self, n: usize) -> &Self {
        self.add(n, Line::Succeed)
    }

    /// The next `n` calls fail with this text.
    pub fn fails(&self, n: usize, message: &str) -> &Self {
        self.add(n, Line::Fail(message.to_owned()))
    }

    /// The next `n` calls succeed after this time.
    pub fn delays(&self, n: usize, by: Duration) -> &Self {
        self.add(n, Line::Delay(by))
    }

    /// The next `n` calls never end.
    pub fn hangs(&self, n: usize) -> &Self {
        self.add(n, Line::Hang)
    }

    /// From now on probes are answered under this name, as after a restart.
    pub fn becomes(&self, identity: &str) -> &Self {
        self.0.lock().identity = Some(Identity::new(identity));
        self
    }

    /// Returns how many calls and probes there have been.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.0.lock().calls
    }

    fn add(&self, n: usize, line: Line) -> &Self {
        self.0.lock().lines.extend(std::iter::repeat_n(line, n));
        self
    }

    /// Calls the dependency.
    ///
    /// # Errors
    ///
    /// What the script says.
    ///
    /// # Cancel safety
    ///
    /// The line of the script is used up by the first poll.
    pub async fn call(&self) -> Result<(), ScriptedError> {
        let line = {
            let mut script = self.0.lock();
            script.calls += 1;
            script.lines.pop_front().unwrap_or(Line::Succeed)
        };
        match line {
            Line::Succeed => Ok(()),
            Line::Fail(message) => Err(ScriptedError::Failed(message)),
            Line::Delay(by) => {
                tokio::time::sleep(by).await;
                Ok(())
            }
            Line::Hang => std::future::pending().await,
        }
    }
}

impl Probe for ScriptedDependency {
    fn check(&self) -> ProbeFuture<'_> {
        Box::pin(async {
            self.call()
                .await
                .map_err(|error| ProbeError::new(error.to_string()))?;
            Ok(self.0.lock().identity.clone())
        })
    }
}

impl fmt::Debug for ScriptedDependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = self.0.lock();
        f.debug_struct("ScriptedDependency")
            .field("lines_left", &script.lines.len())
            .field("calls", &script.calls)
            .finish_non_exhaustive()
    }
}

/// What a [`ScriptedDependency`] fails with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptedError {
    /// The script said so.
    Failed(String),
    /// The call was refused before it reached the dependency.
    Refused(DependencyUnhealthy),
}

impl fmt::Display for ScriptedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(message) => f.write_str(message),
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for ScriptedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(_) => None,
            Self::Refused(refusal) => Some(refusal),
        }
    }
}

impl From<DependencyUnhealthy> for ScriptedError {
    fn from(refusal: DependencyUnhealthy) -> Self {
        Self::Refused(refusal)
    }
}
