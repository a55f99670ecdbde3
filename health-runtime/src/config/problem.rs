//! What is wrong with a configuration, told with its place.

use std::fmt;
use std::sync::Arc;

use super::tree::Spot;

/// One thing that is wrong with a configuration.
///
/// Displayed with its place, the text of the line, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    place: Place,
    message: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A line of the file.
    Line {
        file: Arc<str>,
        spot: Spot,
        text: String,
    },
    /// The file as a whole.
    File(Arc<str>),
    /// An environment variable, with its value.
    Env { name: String, value: String },
    /// An override that the program gave.
    Override { path: String, value: String },
    /// All of it together.
    Nowhere,
}

impl Problem {
    pub(super) fn new(place: Place, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
        }
    }

    /// Where it is told among others: the file from top to bottom, then the rest as it was found.
    pub(super) fn order(&self) -> (u8, Spot) {
        match &self.place {
            Place::File(_) => (0, Spot::default()),
            Place::Line { spot, .. } => (1, *spot),
            _ => (2, Spot::default()),
        }
    }

    /// Returns what is wrong, without its place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the line of the file, counted from 1, if it is a line that is wrong.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        match &self.place {
            Place::Line { spot, .. } => Some(spot.line),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = &self.message;
        match &self.place {
            Place::Nowhere => f.write_str(message),
            Place::File(file) => write!(f, "{file}: {message}"),
            Place::Env { name, value } => write!(f, "{name}={value}: {message}"),
            Place::Override { path, value } => write!(f, "override {path} = {value}: {message}"),
            Place::Line { file, spot, text } => {
                let Spot {
                    line,
                    column,
                    width,
                } = *spot;
                let number = line.to_string();
                let margin = " ".repeat(number.len());
                // Tabs stay tabs, so that the caret stands below its character in any terminal.
                let indent: String = text
                    .chars()
                    .chain(std::iter::repeat(' '))
                    .take(column.saturating_sub(1))
                    .map(|c| if c == '\t' { '\t' } else { ' ' })
                    .collect();
                let carets = "^".repeat(width);
                writeln!(f, "{file}:{line}:{column}: {message}")?;
                writeln!(f, "{margin} |")?;
                writeln!(f, "{number} | {text}")?;
                write!(f, "{margin} | {indent}{carets}")
            }
        }
    }
}

/// A configuration could not be used. Holds everything that is wrong with it.
///
/// Nothing of a configuration with a problem is put into force.
///
/// # Examples
///
/// ```
/// use health_runtime::config::Config;
///
/// let error = Config::toml("health.toml", "version = 1\n[gate]\nsetle = \"30s\"\n")
///     .without_env()
///     .check()
///     .unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "health.toml:3:1: unknown key `setle` in `gate`; did you mean `settle`?\n  |\n3 | setle = \"30s\"\n  | ^^^^^"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError(pub(super) Vec<Problem>);

impl ConfigError {
    /// Returns everything that is wrong.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            [problem] => problem.fmt(f),
            problems => {
                write!(f, "{} problems in the configuration:", problems.len())?;
                problems
                    .iter()
                    .try_for_each(|problem| write!(f, "\n\n{problem}"))
            }
        }
    }
}

/// The same as `Display`: it is what `main` prints when it returns this error.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}
