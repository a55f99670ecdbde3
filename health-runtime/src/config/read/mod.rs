//! Texts to trees: one file a format.

mod toml;
#[cfg(feature = "yaml")]
mod yaml;
#[cfg(not(feature = "yaml"))]
#[path = "yaml_off.rs"]
mod yaml;

use std::path::Path;

use super::tree::{Node, SyntaxError};

/// The language of a configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Toml,
    Yaml,
}

impl Format {
    /// Takes the format from a file's name: YAML for `.yaml` and `.yml`, else TOML.
    pub(super) fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("yaml" | "yml") => Self::Yaml,
            _ => Self::Toml,
        }
    }

    /// The lines of a text, without their ends. In YAML a carriage return alone is one, too.
    pub(super) fn lines(self, text: &str) -> impl Iterator<Item = &str> {
        let is_end = move |c| c == '\r' && self == Self::Yaml;
        text.lines().flat_map(move |line| line.split(is_end))
    }

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// Everything that the format's parser can find.
    pub(super) fn read(self, text: &str) -> Result<Node, Vec<SyntaxError>> {
        match self {
            Self::Toml => toml::read(text),
            Self::Yaml => yaml::read(text),
        }
    }
}
