//! What a proxy does to the connections through it.

use std::time::Duration;

use super::garbage::Garbage;

/// What a proxy does, until it is told otherwise.
///
/// | behaviour | connections that are open | connections that come |
/// |---|---|---|
/// | `Pass`, `Delay`, `Stutter` | go on | reach the server |
/// | `Cut` | are reset | are reset once they have asked something |
/// | `Truncate` | lose what follows the first bytes of an answer | the same |
/// | `BlackHole` | fall silent | are accepted, and never answered |
/// | `Refuse` | are reset | are refused |
/// | `Garbage` | hear garbage for every request | the same |
///
/// A connection that has lost a byte never carries another one: it is reset as soon as the behaviour
/// changes. A stream with a hole in it would hand one question the answer to another, which is not
/// a fault of networks but one of this proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Carries everything at once.
    Pass,
    /// Holds what it carries for this long, at least.
    Delay {
        /// Requests.
        to_server: Duration,
        /// Answers.
        to_client: Duration,
    },
    /// Holds each piece for a random time up to this one, so that a connection overtakes another.
    Stutter(Duration),
    /// Resets connections in the middle of what they do.
    Cut,
    /// Lets so many bytes of the answers on each connection through, and nothing after them.
    Truncate {
        /// How many bytes.
        after: usize,
        /// What the client sees then.
        then: Then,
    },
    /// Swallows everything.
    BlackHole,
    /// Does not listen.
    Refuse,
    /// Answers in the server's place.
    Garbage(Garbage),
}

/// What follows a truncated answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The end of the stream.
    Close,
    /// Nothing at all.
    Stall,
}
