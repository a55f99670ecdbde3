//! How a [`tonic::Status`] counts: the table stands at its `impl`.

use std::error::Error;

use ::tonic::{Code, Status, TimeoutExpired};

use super::{Classify, carries_refusal};
use crate::outcome::{FailureKind, Outcome};

/// By its code. An HTTP status has no say: that of an answer by gRPC is 200, and tonic has made a
/// code of any other.
///
/// | code | counts as | because |
/// |---|---|---|
/// | `UNAVAILABLE`, `RESOURCE_EXHAUSTED`, `INTERNAL`, `UNKNOWN` | failure | |
/// | `DEADLINE_EXCEEDED`, and the `CANCELLED` that tonic makes of its own timeout | failure of kind timeout | |
/// | `DATA_LOSS` | failure, not transient | it has lost or spoilt data |
/// | `NOT_FOUND`, `ALREADY_EXISTS`, `FAILED_PRECONDITION` | success | only the service says so: it has looked |
/// | `CANCELLED` | cancelled | the caller gave up |
/// | every other: `INVALID_ARGUMENT`, `PERMISSION_DENIED`, `UNAUTHENTICATED`, `ABORTED`, `OUT_OF_RANGE`, `UNIMPLEMENTED` | neutral | it is about the request |
impl Classify for Status {
    fn classify(&self) -> Outcome {
        if carries_refusal(self) {
            return Outcome::Neutral;
        }
        match self.code() {
            Code::Unavailable
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Internal
            | Code::Unknown => Outcome::FAILURE,
            Code::DataLoss => Outcome::Failure { transient: false },
            Code::Ok | Code::NotFound | Code::AlreadyExists | Code::FailedPrecondition => {
                Outcome::Success
            }
            Code::Cancelled if has_timed_out(self) => Outcome::FAILURE,
            Code::Cancelled => Outcome::Cancelled,
            Code::InvalidArgument
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unimplemented => Outcome::Neutral,
        }
    }

    fn kind(&self) -> FailureKind {
        match self.code() {
            Code::DeadlineExceeded => FailureKind::Timeout,
            Code::Cancelled if has_timed_out(self) => FailureKind::Timeout,
            _ => FailureKind::Error,
        }
    }
}

/// The timeout of a channel ends as `CANCELLED`, with what happened as the source.
fn has_timed_out(status: &Status) -> bool {
    std::iter::successors(status.source(), |error| (*error).source())
        .any(|error| error.is::<TimeoutExpired>())
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::{DependencyState, DependencyUnhealthy, Reason};

    #[test]
    fn every_code_counts_as_the_table_says() {
        // By number, so that none is left out: 0 to 16.
        let failure = [2, 4, 8, 13, 14];
        let success = [0, 5, 6, 9];
        for number in 0..=16 {
            let status = Status::new(Code::from_i32(number), "in a test");
            let expected = match number {
                1 => Outcome::Cancelled,
                15 => Outcome::Failure { transient: false },
                number if failure.contains(&number) => Outcome::FAILURE,
                number if success.contains(&number) => Outcome::Success,
                _ => Outcome::Neutral,
            };
            assert_eq!(status.classify(), expected, "{status}");
            let is_late = Classify::kind(&status) == FailureKind::Timeout;
            assert_eq!(is_late, status.code() == Code::DeadlineExceeded, "{status}");
        }
    }

    #[test]
    fn the_timeout_of_a_channel_is_a_failure_although_tonic_calls_it_cancelled() {
        let status = Status::from_error(Box::new(TimeoutExpired(())));
        assert_eq!(status.code(), Code::Cancelled);
        assert_eq!(status.classify(), Outcome::FAILURE);
        assert_eq!(Classify::kind(&status), FailureKind::Timeout);
    }

    #[test]
    fn a_refusal_in_it_is_neutral() {
        let refusal = DependencyUnhealthy::of_system(
            DependencyState::Unhealthy,
            Reason::GateDenied,
            Duration::ZERO,
        );
        let mut status = Status::unavailable("in a test");
        assert_eq!(status.classify(), Outcome::FAILURE);
        status.set_source(Arc::new(io::Error::from(refusal)));
        assert_eq!(status.classify(), Outcome::Neutral);
    }
}
