//! Where every value comes from.

use std::fmt;
use std::sync::Arc;

/// Where a value comes from, from the strongest to the weakest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// An override that the program gave, with
    /// [`Config::override_value`](super::Config::override_value).
    Override,
    /// The environment variable of this name.
    Env(String),
    /// A line of the file, counted from 1.
    File {
        /// The file as it was named.
        file: Arc<str>,
        /// The line.
        line: usize,
    },
    /// The profile of this name, which the file or the environment names.
    Profile(&'static str),
    /// The program: the builder, or an attribute.
    Code,
    /// The default.
    BuiltIn,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Override => f.write_str("override"),
            Self::Env(name) => write!(f, "env {name}"),
            Self::File { file, line } => write!(f, "file {file}:{line}"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Code => f.write_str("code"),
            Self::BuiltIn => f.write_str("built-in"),
        }
    }
}

/// A value in force, where it comes from, and what it hides.
///
/// Displayed as a line of a table:
/// `gate.settle = 10s  # env HEALTH_RUNTIME__GATE__SETTLE (file health.toml:21 = 30s)`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The path of the key, such as `deps.redis.breaker.open_for`.
    pub path: String,
    /// The value, as a file would write it, without quotes.
    pub value: String,
    /// Where it comes from.
    pub source: Source,
    /// What other sources say, from the strongest to the weakest. Defaults are left out.
    pub hidden: Vec<(Source, String)>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            value,
            source,
            hidden,
        } = self;
        write!(f, "{path} = {value}  # {source}")?;
        for (index, (source, value)) in hidden.iter().enumerate() {
            let before = if index == 0 { " (" } else { ", " };
            write!(f, "{before}{source} = {value}")?;
        }
        if hidden.is_empty() {
            Ok(())
        } else {
            f.write_str(")")
        }
    }
}
