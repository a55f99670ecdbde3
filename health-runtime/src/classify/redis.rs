//! How a [`redis::RedisError`] counts: the table stands at its `impl`.

use ::redis::{ErrorKind, RedisError, ServerError, ServerErrorKind};

use super::{Classify, carries_refusal};
use crate::outcome::{FailureKind, Outcome};

/// By its kind, or by the code of what the server says. Of a pipeline, the worst answer decides.
///
/// | error | counts as | because |
/// |---|---|---|
/// | a timeout | failure of kind timeout | |
/// | I/O, connection refused or dropped, no node of the cluster, no master or replica found by the sentinels | failure | it cannot be reached |
/// | `LOADING`, `MASTERDOWN`, `CLUSTERDOWN`, `TRYAGAIN`, `READONLY`, `BUSY`, `NOREPLICAS`, `ERR max number of clients reached` | failure | it cannot serve now: it starts, fails over, or has too much to do |
/// | `OOM`, `MISCONF` | failure, not transient | it takes no writes until somebody looks after it |
/// | an answer that is not of the protocol, a failed login | failure, not transient | the connection is of no use |
/// | `WRONGTYPE`, `NOSCRIPT`, `CROSSSLOT` | success | it answered, and looked at the data |
/// | nil, or another value that is not of the type that was asked for | neutral | it is about the data |
/// | every other answer, with a code or with `ERR` alone | neutral | it says too little |
/// | wrong use of the client, its configuration | neutral | nothing was sent |
impl Classify for RedisError {
    fn classify(&self) -> Outcome {
        if carries_refusal(self) {
            return Outcome::Neutral;
        }
        match self.kind() {
            ErrorKind::Io
            | ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel => Outcome::FAILURE,
            ErrorKind::AuthenticationFailed => LASTING,
            ErrorKind::Parse if is_not_the_protocol(self) => LASTING,
            ErrorKind::Parse => Outcome::Neutral,
            ErrorKind::Server(_) | ErrorKind::Extension => by_answers(self),
            _ if self.is_unrecoverable_error() => Outcome::FAILURE,
            _ => Outcome::Neutral,
        }
    }

    fn kind(&self) -> FailureKind {
        if self.is_timeout() {
            FailureKind::Timeout
        } else {
            FailureKind::Error
        }
    }
}

const LASTING: Outcome = Outcome::Failure { transient: false };

/// The worst of what the server has answered.
fn by_answers(error: &RedisError) -> Outcome {
    // A clone shares the answers.
    let Some(answers) = error.clone().into_server_errors() else {
        return match error.kind() {
            ErrorKind::Server(kind) => by_kind(kind),
            _ => Outcome::Neutral,
        };
    };
    answers
        .iter()
        .map(|(_, answer)| by_answer(answer))
        .max_by_key(|outcome| match outcome {
            Outcome::Success => 0,
            outcome if outcome.is_failure() => 2,
            _ => 1,
        })
        .unwrap_or(Outcome::Neutral)
}

fn by_answer(answer: &ServerError) -> Outcome {
    match (answer.kind(), answer.code()) {
        (Some(ServerErrorKind::ResponseError), _) if is_full(answer) => Outcome::FAILURE,
        (Some(kind), _) => by_kind(kind),
        (None, "BUSY" | "NOREPLICAS") => Outcome::FAILURE,
        (None, "OOM" | "MISCONF") => LASTING,
        (None, "WRONGTYPE") => Outcome::Success,
        (None, _) => Outcome::Neutral,
    }
}

fn by_kind(kind: ServerErrorKind) -> Outcome {
    match kind {
        ServerErrorKind::BusyLoading
        | ServerErrorKind::MasterDown
        | ServerErrorKind::ClusterDown
        | ServerErrorKind::TryAgain
        | ServerErrorKind::ReadOnly => Outcome::FAILURE,
        ServerErrorKind::NoScript | ServerErrorKind::CrossSlot => Outcome::Success,
        _ => Outcome::Neutral,
    }
}

/// Tells an answer that could not be read from one that was read, and then not of the type that was
/// asked for. Only the text does (redis 1.8, November 2026); if it changes, such an answer is neutral.
fn is_not_the_protocol(error: &RedisError) -> bool {
    error
        .detail()
        .is_none_or(|detail| detail.starts_with("Parse error at"))
}

/// The one overload that has no code of its own.
fn is_full(answer: &ServerError) -> bool {
    answer
        .details()
        .is_some_and(|details| details.starts_with("max number of clients"))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use ::redis::{ConnectionLike, RedisResult, Value};

    use super::*;
    use crate::{DependencyState, DependencyUnhealthy, Reason};

    fn answered(line: &str) -> RedisError {
        let value = ::redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        value.extract_error().unwrap_err()
    }

    fn of_kind(kind: ErrorKind) -> RedisError {
        RedisError::from((kind, "in a test"))
    }

    /// Answers a pipeline with these errors.
    struct Answers(Vec<Value>);

    impl ConnectionLike for Answers {
        fn req_packed_command(&mut self, _: &[u8]) -> RedisResult<Value> {
            unreachable!("a pipeline is sent as a whole")
        }

        fn req_packed_commands(&mut self, _: &[u8], _: usize, _: usize) -> RedisResult<Vec<Value>> {
            Ok(self.0.clone())
        }

        fn get_db(&self) -> i64 {
            0
        }

        fn check_connection(&mut self) -> bool {
            true
        }

        fn is_open(&self) -> bool {
            true
        }
    }

    fn pipeline(lines: &[&str]) -> RedisError {
        let mut pipe = ::redis::pipe();
        let mut answers = Answers(Vec::new());
        for line in lines {
            pipe.cmd("GET").arg("key");
            let answer = format!("-{line}\r\n");
            let answer = ::redis::parse_redis_value(answer.as_bytes()).unwrap();
            answers.0.push(answer);
        }
        pipe.query::<()>(&mut answers).unwrap_err()
    }

    #[test]
    fn what_the_server_answers_counts_by_its_code() {
        for line in [
            "LOADING Redis is loading the dataset in memory",
            "MASTERDOWN Link with MASTER is down",
            "CLUSTERDOWN The cluster is down",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "READONLY You can't write against a read only replica.",
            "BUSY Redis is busy running a script.",
            "NOREPLICAS Not enough good replicas to write.",
            "ERR max number of clients reached",
        ] {
            assert_eq!(answered(line).classify(), Outcome::FAILURE, "{line}");
        }
        for line in [
            "OOM command not allowed when used memory > 'maxmemory'.",
            "MISCONF Redis is configured to save RDB snapshots",
        ] {
            assert_eq!(answered(line).classify(), LASTING, "{line}");
        }
        for line in [
            "WRONGTYPE Operation against a key holding the wrong kind of value",
            "NOSCRIPT No matching script.",
            "CROSSSLOT Keys in request don't hash to the same slot",
        ] {
            assert_eq!(answered(line).classify(), Outcome::Success, "{line}");
        }
        for line in [
            "ERR unknown command",
            "ERR value is not an integer or out of range",
            "EXECABORT Transaction discarded because of previous errors.",
            "MOVED 3999 127.0.0.1:6381",
            "ASK 3999 127.0.0.1:6381",
            "NOTBUSY No scripts in execution right now.",
            "NOPERM User default has no permissions",
            "NOAUTH Authentication required.",
            "SOMETHING new",
        ] {
            assert_eq!(answered(line).classify(), Outcome::Neutral, "{line}");
        }
    }

    #[test]
    fn what_the_client_says_counts_by_its_kind() {
        for kind in [
            ErrorKind::Io,
            ErrorKind::ClusterConnectionNotFound,
            ErrorKind::MasterNameNotFoundBySentinel,
            ErrorKind::NoValidReplicasFoundBySentinel,
        ] {
            assert_eq!(of_kind(kind).classify(), Outcome::FAILURE, "{kind:?}");
        }
        let login = of_kind(ErrorKind::AuthenticationFailed);
        assert_eq!(login.classify(), LASTING);
        for kind in [
            ErrorKind::InvalidClientConfig,
            ErrorKind::Client,
            ErrorKind::EmptySentinelList,
            ErrorKind::RESP3NotSupported,
            ErrorKind::Extension,
        ] {
            assert_eq!(of_kind(kind).classify(), Outcome::Neutral, "{kind:?}");
        }
    }

    #[test]
    fn what_is_not_the_protocol_is_a_failure_and_a_value_of_another_type_is_not() {
        let web_server = ::redis::parse_redis_value(b"HTTP/1.1 400 Bad Request\r\n").unwrap_err();
        assert_eq!(web_server.classify(), LASTING);
        let nil = ::redis::from_redis_value::<u32>(::redis::Value::Nil).unwrap_err();
        assert_eq!(RedisError::from(nil).classify(), Outcome::Neutral);
        let text = ::redis::Value::SimpleString("seven".into());
        let text = ::redis::from_redis_value::<u32>(text).unwrap_err();
        assert_eq!(RedisError::from(text).classify(), Outcome::Neutral);
    }

    #[test]
    fn a_timeout_is_a_failure_of_its_own_kind() {
        let late = RedisError::from(io::Error::from(io::ErrorKind::TimedOut));
        assert_eq!(late.classify(), Outcome::FAILURE);
        assert_eq!(Classify::kind(&late), FailureKind::Timeout);
        let gone = RedisError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(gone.classify(), Outcome::FAILURE);
        assert_eq!(Classify::kind(&gone), FailureKind::Error);
    }

    #[test]
    fn a_unix_socket_that_is_gone_is_a_failure() {
        // Neutral as a plain `io::Error`; here it can only be the socket.
        let gone = RedisError::from(io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(gone.classify(), Outcome::FAILURE);
    }

    #[test]
    fn the_worst_answer_to_a_pipeline_decides() {
        assert_eq!(pipeline(&["WRONGTYPE a"]).classify(), Outcome::Success);
        let mixed = ["WRONGTYPE a", "ERR b", "LOADING c", "WRONGTYPE d"];
        assert_eq!(pipeline(&mixed).classify(), Outcome::FAILURE);
        assert_eq!(
            pipeline(&["WRONGTYPE a", "ERR b"]).classify(),
            Outcome::Neutral
        );
    }

    #[test]
    fn a_refusal_in_it_is_neutral() {
        let refusal = DependencyUnhealthy::of_system(
            DependencyState::Unhealthy,
            Reason::GateDenied,
            Duration::ZERO,
        );
        let wrapped = RedisError::from(io::Error::from(refusal));
        assert_eq!(wrapped.classify(), Outcome::Neutral);
    }
}
