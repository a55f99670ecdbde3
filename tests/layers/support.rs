//! A dependency with a memory: what it was asked, and what it is to answer.

use std::cell::RefCell;
use std::sync::Mutex;
use std::time::Duration;

use health_runtime::{Classify, DependencyUnhealthy, Outcome};

/// What a call ends in, if it does not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Error {
    /// It may help to try again.
    Down,
    /// It does not help to try again.
    Broken,
    /// The request was wrong.
    NotFound,
    /// The dependency is busy, for so long.
    Busy(Duration),
    /// The call was refused.
    Refused(DependencyUnhealthy),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl From<DependencyUnhealthy> for Error {
    fn from(refusal: DependencyUnhealthy) -> Self {
        Self::Refused(refusal)
    }
}

impl Classify for Error {
    fn classify(&self) -> Outcome {
        match self {
            Self::Down => Outcome::FAILURE,
            Self::Broken => Outcome::Failure { transient: false },
            Self::NotFound | Self::Refused(_) => Outcome::Neutral,
            Self::Busy(wait) => Outcome::RetryAfter(*wait),
        }
    }
}

impl Error {
    pub(crate) fn reason(&self) -> Option<health_runtime::Reason> {
        match self {
            Self::Refused(refusal) => Some(refusal.reason()),
            _ => None,
        }
    }
}

/// A dependency that answers as it is told, and remembers when it was asked.
#[derive(Debug, Default)]
pub(crate) struct Dependency {
    answers: Mutex<RefCell<Vec<Result<u32, Error>>>>,
    asked: Mutex<Vec<tokio::time::Instant>>,
}

impl Dependency {
    /// The next answers, in this order; after them it answers 7.
    pub(crate) fn answers(answers: impl IntoIterator<Item = Result<u32, Error>>) -> Self {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Self {
            answers: Mutex::new(RefCell::new(answers)),
            asked: Mutex::default(),
        }
    }

    /// Fails for ever.
    pub(crate) fn failing(error: &Error) -> Self {
        Self::answers((0..10_000).map(|_| Err(error.clone())))
    }

    pub(crate) fn ask(&self) -> Result<u32, Error> {
        self.asked.lock().unwrap().push(tokio::time::Instant::now());
        let answers = self.answers.lock().unwrap();
        let answer = answers.borrow_mut().pop();
        answer.unwrap_or(Ok(7))
    }

    pub(crate) fn times_asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// The times between one question and the next.
    pub(crate) fn gaps(&self) -> Vec<Duration> {
        let asked = self.asked.lock().unwrap();
        asked.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}
