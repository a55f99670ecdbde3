//! How a [`sqlx::Error`] counts: the table stands at its `impl`.

use ::sqlx::Error;
use ::sqlx::error::{DatabaseError, ErrorKind};

use super::{Classify, carries_refusal};
use crate::outcome::{FailureKind, Outcome};

/// By its variant, and by the code of what the database says.
///
/// | error | counts as | because |
/// |---|---|---|
/// | `Io`, `Tls`, `WorkerCrashed` | failure | it cannot be reached |
/// | `PoolTimedOut`, an `Io` that timed out | failure of kind timeout | |
/// | `Protocol`, `PoolClosed` | failure, not transient | the connection is of no use |
/// | `Database`: `08...` connection, `53...` resources, `57P..` shutdown, `58...` system | failure | the SQLSTATE says that it cannot serve |
/// | `Database`: `57014`, a statement ran into its time limit | failure of kind timeout | |
/// | `Database`: `XX...` internal; SQLite's `IOERR`, `CORRUPT`, `FULL`, `CANTOPEN`, `NOTADB` | failure, not transient | somebody has to look after it |
/// | `Database`: a constraint, `22...` data, `23...` integrity, `42...` syntax or rights | success | it has looked at the statement |
/// | `RowNotFound`, `ColumnDecode`, `ColumnNotFound`, `ColumnIndexOutOfBounds` | success | it answered |
/// | `Database` with every other code: deadlocks, SQLite's `BUSY`, logins | neutral | it says too little |
/// | every other: configuration, arguments, `Encode`, `Decode`, `TypeNotFound`, migrations | neutral | it is about the program |
impl Classify for Error {
    fn classify(&self) -> Outcome {
        if carries_refusal(self) {
            return Outcome::Neutral;
        }
        match self {
            Self::Io(_) | Self::Tls(_) | Self::WorkerCrashed | Self::PoolTimedOut => {
                Outcome::FAILURE
            }
            Self::Protocol(_) | Self::PoolClosed => LASTING,
            Self::Database(error) => by_answer(&**error),
            Self::RowNotFound
            | Self::ColumnDecode { .. }
            | Self::ColumnNotFound(_)
            | Self::ColumnIndexOutOfBounds { .. } => Outcome::Success,
            _ => Outcome::Neutral,
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::PoolTimedOut => FailureKind::Timeout,
            Self::Io(error) => Classify::kind(error),
            Self::Database(error) if error.code().as_deref() == Some(QUERY_CANCELED) => {
                FailureKind::Timeout
            }
            _ => FailureKind::Error,
        }
    }
}

const LASTING: Outcome = Outcome::Failure { transient: false };
const QUERY_CANCELED: &str = "57014";

fn by_answer(error: &dyn DatabaseError) -> Outcome {
    if error.kind() != ErrorKind::Other {
        return Outcome::Success;
    }
    match error.code().as_deref() {
        // SQLSTATE: five characters, of which the first two are the class.
        Some(code) if code.len() == 5 => by_sqlstate(code),
        Some(code) => code.parse().map_or(Outcome::Neutral, by_sqlite),
        None => Outcome::Neutral,
    }
}

/// ISO/IEC 9075-2, and PostgreSQL's appendix A for the classes 53 to XX.
fn by_sqlstate(code: &str) -> Outcome {
    if code == QUERY_CANCELED || code.starts_with("57P") {
        return Outcome::FAILURE;
    }
    match code.get(..2) {
        Some("08" | "53" | "58") => Outcome::FAILURE,
        Some("XX") => LASTING,
        Some("22" | "23" | "42") => Outcome::Success,
        _ => Outcome::Neutral,
    }
}

/// SQLite numbers its errors; what goes beyond the low byte says more of the same.
fn by_sqlite(code: u32) -> Outcome {
    const IOERR: u32 = 10;
    const CORRUPT: u32 = 11;
    const FULL: u32 = 13;
    const CANTOPEN: u32 = 14;
    const NOTADB: u32 = 26;
    match code & 0xff {
        IOERR | CORRUPT | FULL | CANTOPEN | NOTADB => LASTING,
        _ => Outcome::Neutral,
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error as StdError;
    use std::time::Duration;
    use std::{fmt, io};

    use super::*;
    use crate::{DependencyState, DependencyUnhealthy, Reason};

    /// What a database has answered.
    #[derive(Debug)]
    struct Answer {
        code: Option<&'static str>,
        is_unique_violation: bool,
    }

    impl fmt::Display for Answer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:?}", self.code)
        }
    }

    impl StdError for Answer {}

    impl DatabaseError for Answer {
        fn message(&self) -> &str {
            "in a test"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            self.code.map(Cow::Borrowed)
        }

        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            if self.is_unique_violation {
                ErrorKind::UniqueViolation
            } else {
                ErrorKind::Other
            }
        }
    }

    fn answered(code: &'static str) -> Error {
        Error::from(Answer {
            code: Some(code),
            is_unique_violation: false,
        })
    }

    fn boxed() -> Box<dyn StdError + Send + Sync> {
        "in a test".into()
    }

    #[test]
    fn every_variant_counts_as_the_table_says() {
        let io = || io::Error::from(io::ErrorKind::ConnectionReset);
        for error in [
            Error::Io(io()),
            Error::Tls(boxed()),
            Error::WorkerCrashed,
            Error::PoolTimedOut,
        ] {
            assert_eq!(error.classify(), Outcome::FAILURE, "{error}");
        }
        for error in [Error::Protocol("in a test".into()), Error::PoolClosed] {
            assert_eq!(error.classify(), LASTING, "{error}");
        }
        let index = String::from("0");
        for error in [
            Error::RowNotFound,
            Error::ColumnNotFound("id".into()),
            Error::ColumnIndexOutOfBounds { index: 2, len: 1 },
            Error::ColumnDecode {
                index,
                source: boxed(),
            },
        ] {
            assert_eq!(error.classify(), Outcome::Success, "{error}");
        }
        let type_name = String::from("mood");
        for error in [
            Error::Configuration(boxed()),
            Error::Encode(boxed()),
            Error::Decode(boxed()),
            Error::AnyDriverError(boxed()),
            Error::TypeNotFound { type_name },
        ] {
            assert_eq!(error.classify(), Outcome::Neutral, "{error}");
        }
    }

    #[test]
    fn what_the_database_says_counts_by_its_code() {
        for code in [
            "08006", "08S01", "53300", "53100", "57P01", "57P03", "58030", "57014",
        ] {
            assert_eq!(answered(code).classify(), Outcome::FAILURE, "{code}");
        }
        // SQLite: IOERR, IOERR_READ, CORRUPT, FULL, CANTOPEN, NOTADB.
        for code in ["XX000", "XX001", "10", "266", "11", "13", "14", "26"] {
            assert_eq!(answered(code).classify(), LASTING, "{code}");
        }
        for code in ["22003", "23505", "42601", "42501"] {
            assert_eq!(answered(code).classify(), Outcome::Success, "{code}");
        }
        // Deadlock, serialization, login, general; SQLite: BUSY, LOCKED, ERROR; no code at all.
        for code in [
            "40P01", "40001", "28P01", "HY000", "5", "6", "1", "", "?", "ä1234",
        ] {
            assert_eq!(answered(code).classify(), Outcome::Neutral, "{code}");
        }
    }

    #[test]
    fn a_constraint_that_holds_proves_that_the_database_works() {
        let error = Error::from(Answer {
            code: Some("1555"),
            is_unique_violation: true,
        });
        assert_eq!(error.classify(), Outcome::Success);
    }

    #[test]
    fn timeouts_are_failures_of_their_own_kind() {
        let late = || io::Error::from(io::ErrorKind::TimedOut);
        for error in [
            Error::PoolTimedOut,
            Error::Io(late()),
            answered(QUERY_CANCELED),
        ] {
            assert_eq!(Classify::kind(&error), FailureKind::Timeout, "{error}");
        }
        let error = Error::WorkerCrashed;
        assert_eq!(Classify::kind(&error), FailureKind::Error);
    }

    #[test]
    fn a_refusal_in_it_is_neutral() {
        let refusal = DependencyUnhealthy::of_system(
            DependencyState::Unhealthy,
            Reason::GateDenied,
            Duration::ZERO,
        );
        let wrapped = Error::Io(io::Error::from(refusal));
        assert_eq!(wrapped.classify(), Outcome::Neutral);
    }
}
