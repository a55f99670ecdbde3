//! Finding and reading what a configuration is made of. The only file of `config` with I/O.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{Document, FileText, PREFIX, addresses};
use super::origin::Origin;
use super::problem::{ConfigError, Place, Problem};
use super::read::Format;
use super::resolve::{self, Code, Names, Resolved};
use super::{Config, Env, File};

/// The environment variable that names the file.
const PATH_VARIABLE: &str = "HEALTH_RUNTIME_CONFIG";
/// What the file is called in the current directory.
const NAMES: &[&str] = &["health.toml", "health.yaml", "health.yml"];

/// All that a configuration was made of at one moment. Two that are equal resolve to the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Input {
    file: Option<Found>,
    vars: Vec<(String, String)>,
    problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    text: FileText,
    format: Format,
    /// Where it was read, if it was.
    path: Option<FilePath>,
}

/// A file, as it was named and as it is found from any directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FilePath {
    name: Arc<str>,
    pub(super) absolute: PathBuf,
}

impl FilePath {
    fn of(path: &Path) -> Self {
        Self {
            name: path.display().to_string().into(),
            absolute: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        }
    }
}

impl Input {
    /// Reads what a configuration consists of now.
    ///
    /// A file that was found before, `pinned`, has to be there still: that it is gone must not be
    /// taken for a configuration that says nothing.
    pub(super) fn read(config: &Config, pinned: Option<&FilePath>) -> Self {
        let mut problems = Vec::new();
        let vars = variables(&config.env, &mut problems);
        let file = match (pinned, &config.file) {
            (_, File::Text { name, text, format }) => Some(Found {
                text: FileText {
                    name: Arc::clone(name),
                    text: text.clone(),
                },
                format: *format,
                path: None,
            }),
            (Some(path), _) => open(path, &mut problems),
            (None, File::Path(path)) => open(&FilePath::of(path), &mut problems),
            (None, File::None) => None,
            (None, File::Discover(directory)) => match search(directory, &vars, &mut problems) {
                Some(path) => open(&FilePath::of(&path), &mut problems),
                None => None,
            },
        };
        Self {
            file,
            vars: vars
                .into_iter()
                .filter(|(name, _)| name.starts_with(PREFIX))
                .collect(),
            problems,
        }
    }

    /// The file that was read.
    pub(super) fn path(&self) -> Option<&FilePath> {
        self.file.as_ref()?.path.as_ref()
    }

    /// Lays everything over the code.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub(super) fn resolve(&self, config: &Config, code: &Code) -> Result<Resolved, ConfigError> {
        self.resolve_document(self.document(), config, code)
    }

    fn document(&self) -> Document {
        match &self.file {
            Some(file) => Document::of_file(&file.text, file.format),
            None => Document::default(),
        }
    }

    fn resolve_document(
        &self,
        mut document: Document,
        config: &Config,
        code: &Code,
    ) -> Result<Resolved, ConfigError> {
        document
            .problems
            .splice(0..0, self.problems.iter().cloned());
        let known = addresses(&resolve::scopes(code, &document));
        document.take_env(&self.vars, &known);
        document.take_overrides(&config.overrides, &known);
        resolve::resolve(document, code).map_err(ConfigError)
    }

    /// Looks at a configuration by itself: the dependencies are those that it names.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub(super) fn origins(&self, config: &Config) -> Result<Vec<Origin>, ConfigError> {
        let mut document = self.document();
        document.take_names(&self.vars, &config.overrides);
        let names = document
            .dependencies
            .iter()
            .map(|(name, _)| crate::Dependency::new(name));
        let code = Code {
            gate: crate::GatePolicy::default(),
            dependencies: names.collect(),
            names: Names::Open,
            sites: Vec::new(),
            levels: Vec::new(),
            unknown_levels: |_, _| Vec::new(),
        };
        self.resolve_document(document, config, &code)
            .map(|resolved| resolved.origins)
    }
}

fn open(path: &FilePath, problems: &mut Vec<Problem>) -> Option<Found> {
    let name = Arc::clone(&path.name);
    let mut cannot = |why: String| {
        problems.push(Problem::new(Place::File(Arc::clone(&name)), why));
        None
    };
    match std::fs::read(&path.absolute) {
        Err(error) => cannot(format!("the configuration file cannot be read: {error}")),
        Ok(bytes) => match String::from_utf8(bytes) {
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let line = 1 + error.as_bytes()[..valid]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .count();
                cannot(format!("line {line} is not valid UTF-8"))
            }
            Ok(text) => Some(Found {
                // Some editors begin a file with a mark of its byte order.
                text: FileText {
                    name,
                    text: text
                        .strip_prefix('\u{feff}')
                        .map_or(text.clone(), str::to_owned),
                },
                format: Format::of(&path.absolute),
                path: Some(path.clone()),
            }),
        },
    }
}

/// Finds the file: the variable names it, or it lies in the directory.
fn search(
    directory: &Path,
    vars: &[(String, String)],
    problems: &mut Vec<Problem>,
) -> Option<PathBuf> {
    let named = vars
        .iter()
        .find(|(name, value)| name == PATH_VARIABLE && !value.is_empty());
    if let Some((_, path)) = named {
        return Some(PathBuf::from(path));
    }
    let is_there = |name: &&&str| directory.join(name).is_file();
    let found: Vec<&&str> = NAMES.iter().filter(is_there).collect();
    if let [first, second, ..] = found.as_slice() {
        let message = format!(
            "both `{first}` and `{second}` are in this directory; remove one, or name one in \
             {PATH_VARIABLE}"
        );
        problems.push(Problem::new(Place::Nowhere, message));
        return None;
    }
    found.first().map(|name| directory.join(name))
}

/// The variables that concern this crate, by name.
fn variables(env: &Env, problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    let mut vars = match env {
        Env::None => Vec::new(),
        Env::Given(vars) => vars.clone(),
        Env::Process => {
            let mut vars = Vec::new();
            for (name, value) in std::env::vars_os() {
                let Some(name) = name
                    .to_str()
                    .filter(|name| *name == PATH_VARIABLE || name.starts_with(PREFIX))
                else {
                    continue;
                };
                match value.into_string() {
                    Ok(value) => vars.push((name.to_owned(), value)),
                    Err(value) => problems.push(Problem::new(
                        Place::Env {
                            name: name.to_owned(),
                            value: value.to_string_lossy().into_owned(),
                        },
                        "is not valid UTF-8",
                    )),
                }
            }
            vars
        }
    };
    vars.sort();
    vars
}
