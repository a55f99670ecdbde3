//! A configuration file as a tree that knows where everything in it stands.
//!
//! TOML and YAML are read into the same tree, so that they have one schema and one set of messages.

/// A place in a text. Lines and columns count from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Spot {
    pub(super) line: usize,
    pub(super) column: usize,
    /// How many characters of the line it covers, at least 1.
    pub(super) width: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) spot: Spot,
    pub(super) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Table(Vec<Member>),
    List(Vec<Node>),
    Scalar(Scalar),
}

/// A key of a table, and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) spot: Spot,
    pub(super) node: Node,
}

/// A value that has no parts. Numbers stay as they were written, for messages and for exactness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar {
    Text(String),
    Number(String),
    Bool(bool),
    /// A date, or YAML's null.
    Other(&'static str),
}

impl Value {
    /// What it is, for messages: `a table`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Table(_) => "a table",
            Self::List(_) => "a list",
            Self::Scalar(Scalar::Text(_)) => "a text",
            Self::Scalar(Scalar::Number(_)) => "a number",
            Self::Scalar(Scalar::Bool(_)) => "a truth value",
            Self::Scalar(Scalar::Other(what)) => what,
        }
    }
}

/// What a parser says of a text that it cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) spot: Spot,
    pub(super) message: String,
}
