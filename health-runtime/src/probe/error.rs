//! Why a probe could not show health.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

/// Says why a check could not show that a dependency is healthy.
///
/// `{}` prints the message, `{:#}` appends the causes on the same line: `no connection to
/// 10.0.0.7:6379: Connection refused (os error 111)`. It is written for operators and logs; callers
/// of guarded functions never see it. Cloning is cheap, so that one check can answer several
/// waiting callers.
///
/// # Examples
///
/// ```
/// use health_runtime::probe::ProbeError;
///
/// let cause = std::io::Error::other("disk full");
/// let error = ProbeError::new("replica lags by 40s").with_source(cause);
/// assert_eq!(error.to_string(), "replica lags by 40s");
/// assert_eq!(format!("{error:#}"), "replica lags by 40s: disk full");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProbeError {
    message: Cow<'static, str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl ProbeError {
    /// Makes an error from what went wrong, as a lowercase fragment.
    #[must_use]
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// Adds the cause; [`source`](Error::source) returns it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// Returns the message without its causes.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if f.alternate() {
            let mut cause = self.source();
            while let Some(error) = cause {
                write!(f, ": {error}")?;
                cause = error.source();
            }
        }
        Ok(())
    }
}

impl Error for ProbeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// Takes the text of the I/O error as the message, so that `?` alone gives a readable error.
impl From<io::Error> for ProbeError {
    fn from(error: io::Error) -> Self {
        Self::new(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_display_leaves_out_the_causes() {
        let error = ProbeError::new("no connection").with_source(io::Error::other("refused"));
        assert_eq!(error.to_string(), "no connection");
    }

    #[test]
    fn alternate_display_appends_every_cause() {
        let inner = ProbeError::new("inner").with_source(io::Error::other("root"));
        let error = ProbeError::new("outer").with_source(inner);
        assert_eq!(format!("{error:#}"), "outer: inner: root");
    }

    #[test]
    fn an_io_error_keeps_its_text() {
        let error = ProbeError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(error.message(), "broken pipe");
        assert!(error.source().is_none());
    }
}
