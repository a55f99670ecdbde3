//! How a [`std::io::Error`] counts: the table stands at its `impl`.

use std::io::{Error, ErrorKind};

use super::{Classify, carries_refusal, first_known};
use crate::outcome::{FailureKind, Outcome};

/// By the kind of the error, unless it is made of an error that is known: then that one decides. One
/// that carries a [`DependencyUnhealthy`](crate::DependencyUnhealthy) is neutral.
///
/// | kind | counts as | because |
/// |---|---|---|
/// | `ConnectionRefused`, `ConnectionReset`, `ConnectionAborted`, `NotConnected`, `BrokenPipe`, `UnexpectedEof`, `WriteZero` | failure | the other side is gone |
/// | `HostUnreachable`, `NetworkUnreachable`, `NetworkDown` | failure | it cannot be reached from here |
/// | `TimedOut`, `WouldBlock` | failure of kind timeout | a blocking socket with a time limit says `WouldBlock` on Unix |
/// | `ResourceBusy`, `StaleNetworkFileHandle` | failure | the disk or the share is in trouble |
/// | `StorageFull`, `QuotaExceeded`, `ReadOnlyFilesystem` | failure, not transient | so is it here, and trying again does not help |
/// | `InvalidData` | failure, not transient | an answer that is none: the wrong peer, a broken one, a TLS handshake that failed |
/// | `NotFound`, `AlreadyExists`, `PermissionDenied`, `InvalidInput`, `InvalidFilename`, `Unsupported`, `IsADirectory`, `NotADirectory`, `DirectoryNotEmpty`, `FileTooLarge`, `NotSeekable`, `CrossesDevices`, `TooManyLinks`, `ArgumentListTooLong`, `ExecutableFileBusy` | neutral | it is about what was asked for, and who asked |
/// | `AddrInUse`, `AddrNotAvailable`, `OutOfMemory`, `Deadlock`, `Interrupted` | neutral | it is about this process |
/// | every other: `Other`, and errors of the system without a kind, as a name that does not resolve | failure | nothing better is known |
///
/// `NotFound` is also what a Unix socket says whose server has removed it. A missing file must not
/// open a breaker, and the two cannot be told apart here: a probe of the socket can.
impl Classify for Error {
    fn classify(&self) -> Outcome {
        if carries_refusal(self) {
            return Outcome::Neutral;
        }
        made_of(self).map_or_else(|| by_kind(self.kind()), Classify::classify)
    }

    fn dependency(&self) -> Option<&str> {
        made_of(self)?.dependency()
    }

    fn http_status(&self) -> Option<u16> {
        made_of(self)?.http_status()
    }

    fn kind(&self) -> FailureKind {
        let by_kind = || match self.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => FailureKind::Timeout,
            _ => FailureKind::Error,
        };
        made_of(self).map_or_else(by_kind, Classify::kind)
    }
}

fn made_of(error: &Error) -> Option<&dyn Classify> {
    first_known(error.get_ref()?)
}

fn by_kind(kind: ErrorKind) -> Outcome {
    use ErrorKind as K;
    match kind {
        K::StorageFull | K::QuotaExceeded | K::ReadOnlyFilesystem | K::InvalidData => {
            Outcome::Failure { transient: false }
        }
        K::NotFound
        | K::AlreadyExists
        | K::PermissionDenied
        | K::InvalidInput
        | K::InvalidFilename
        | K::Unsupported
        | K::IsADirectory
        | K::NotADirectory
        | K::DirectoryNotEmpty
        | K::FileTooLarge
        | K::NotSeekable
        | K::CrossesDevices
        | K::TooManyLinks
        | K::ArgumentListTooLong
        | K::ExecutableFileBusy
        | K::AddrInUse
        | K::AddrNotAvailable
        | K::OutOfMemory
        | K::Deadlock
        | K::Interrupted => Outcome::Neutral,
        _ => Outcome::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{DependencyState, DependencyUnhealthy, Reason};

    fn seen(error: &Error) -> (Outcome, FailureKind) {
        (error.classify(), Classify::kind(error))
    }

    #[test]
    fn every_kind_counts_as_the_table_says() {
        use ErrorKind as K;
        const LASTING: Outcome = Outcome::Failure { transient: false };
        let rows: [(Outcome, FailureKind, &[ErrorKind]); 4] = [
            (
                Outcome::FAILURE,
                FailureKind::Error,
                &[
                    K::ConnectionRefused,
                    K::ConnectionReset,
                    K::ConnectionAborted,
                    K::NotConnected,
                    K::BrokenPipe,
                    K::UnexpectedEof,
                    K::WriteZero,
                    K::HostUnreachable,
                    K::NetworkUnreachable,
                    K::NetworkDown,
                    K::ResourceBusy,
                    K::StaleNetworkFileHandle,
                    K::Other,
                ],
            ),
            (
                Outcome::FAILURE,
                FailureKind::Timeout,
                &[K::TimedOut, K::WouldBlock],
            ),
            (
                LASTING,
                FailureKind::Error,
                &[
                    K::StorageFull,
                    K::QuotaExceeded,
                    K::ReadOnlyFilesystem,
                    K::InvalidData,
                ],
            ),
            (
                Outcome::Neutral,
                FailureKind::Error,
                &[
                    K::NotFound,
                    K::AlreadyExists,
                    K::PermissionDenied,
                    K::InvalidInput,
                    K::InvalidFilename,
                    K::Unsupported,
                    K::IsADirectory,
                    K::NotADirectory,
                    K::DirectoryNotEmpty,
                    K::FileTooLarge,
                    K::NotSeekable,
                    K::CrossesDevices,
                    K::TooManyLinks,
                    K::ArgumentListTooLong,
                    K::ExecutableFileBusy,
                    K::AddrInUse,
                    K::AddrNotAvailable,
                    K::OutOfMemory,
                    K::Deadlock,
                    K::Interrupted,
                ],
            ),
        ];
        for (outcome, failure, kinds) in rows {
            for kind in kinds {
                let bare = Error::from(*kind);
                assert_eq!(seen(&bare), (outcome, failure), "{kind:?}");
                let told = Error::new(*kind, "in words");
                assert_eq!(seen(&told), (outcome, failure), "{kind:?} with a text");
            }
        }
    }

    #[test]
    fn an_error_of_the_system_that_has_no_kind_is_a_failure() {
        let too_many_files = Error::from_raw_os_error(24);
        assert_eq!(too_many_files.classify(), Outcome::FAILURE);
    }

    #[test]
    fn what_it_is_made_of_decides_before_its_kind() {
        let inner = Error::from(ErrorKind::TimedOut);
        let outer = Error::new(ErrorKind::NotFound, inner);
        assert_eq!(seen(&outer), (Outcome::FAILURE, FailureKind::Timeout));
        let inner = Error::from(ErrorKind::NotFound);
        let outer = Error::other(Error::other(inner));
        assert_eq!(seen(&outer), (Outcome::Neutral, FailureKind::Error));
    }

    #[test]
    fn a_refusal_in_it_is_neutral_however_deep() {
        let refusal = DependencyUnhealthy::of_system(
            DependencyState::Unhealthy,
            Reason::GateDenied,
            Duration::ZERO,
        );
        let error = Error::from(refusal);
        assert_eq!(error.kind(), ErrorKind::NotConnected);
        assert_eq!(error.classify(), Outcome::Neutral);
        let error = Error::new(ErrorKind::ConnectionRefused, error);
        assert_eq!(error.classify(), Outcome::Neutral);
    }
}
