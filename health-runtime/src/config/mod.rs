//! Configuration by operators: a TOML or YAML file, environment variables, overrides.
//!
//! Needs the feature `config`; YAML needs `yaml`. Nothing is read until a [`Config`] is given to
//! the [builder](crate::Builder::config).
//!
//! Layers, from the weakest to the strongest; each is laid over the one before, key by key:
//!
//! ```text
//! built-in  <  code (the builder, the attributes)  <  a profile  <  the file  <  the environment  <  overrides
//! ```
//!
//! A more special place wins over a more general one, whoever speaks there: `[deps.redis]` in the
//! file over `[defaults]` in the environment. Where every value in force comes from is kept:
//! [`ConfigStatus::origins`].
//!
//! Every key is in `docs/configuration.md`, with its environment variable; `examples/health.toml`
//! shows each at its default.
//!
//! # Examples
//!
//! ```
//! use health_runtime::config::Config;
//!
//! let file = "
//! version = 1
//! profile = \"aggressive\"
//!
//! [deps.redis]
//! criticality = \"critical\"
//! breaker = { consecutive = 4 }
//! ";
//! let config = Config::toml("health.toml", file)
//!     .vars([("HEALTH_RUNTIME__DEPS__REDIS__BREAKER__OPEN_FOR", "3s")]);
//! let origins = config.origins().unwrap();
//! let lines: Vec<String> = origins.iter().map(ToString::to_string).collect();
//! assert!(lines.contains(&"deps.redis.breaker.consecutive = 4  # file health.toml:7 (profile aggressive = 3)".into()));
//! assert!(lines.contains(&"deps.redis.breaker.open_for = 3s  # env HEALTH_RUNTIME__DEPS__REDIS__BREAKER__OPEN_FOR (profile aggressive = 2s)".into()));
//! ```
//!
//! # The map
//!
//! - `schema`, `rows`: the table of keys, from which all else follows
//! - `address`: the keys of a certain configuration
//! - `kind`, `duration`: what a key can hold
//! - `tree`, `read`: texts to a tree with places
//! - `walk`: the tree against the schema
//! - `document`: file, environment and overrides together
//! - `resolve`, `idle`, `clash`: laid over the code; `plan`: what comes of it; `news`: what changed
//! - `problem`, `origin`, `level`: what comes out
//! - `input`: finding and reading files
//! - `live`, `watch`: the configuration in force, and reading it anew
//! - `describe`: the JSON schema and the reference

mod address;
mod clash;
mod describe;
mod document;
mod duration;
mod idle;
mod input;
mod kind;
mod level;
mod live;
mod news;
mod origin;
mod plan;
mod problem;
mod read;
mod resolve;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod tree;
mod walk;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use self::input::Input;
pub use self::level::{LevelRule, Needs};
pub use self::live::{ConfigStatus, FailedReload};
pub(crate) use self::live::{Loaded, Setup, Slot};
pub use self::origin::{Origin, Source};
pub use self::problem::{ConfigError, Problem};
use self::read::Format;

/// Where the configuration of a service comes from.
///
/// Given to [`Builder::config`](crate::Builder::config), which reads it at `init()`, refuses to
/// start with anything that is wrong with it, and keeps it for
/// [reloads](crate::HealthRegistry::reload_config).
///
/// # Examples
///
/// ```no_run
/// # async fn start() -> Result<(), health_runtime::InitError> {
/// use std::time::Duration;
/// use health_runtime::config::Config;
///
/// let health = health_runtime::builder()
///     .config(Config::discover().watch(Duration::from_secs(2)))
///     .init()
///     .await?;
/// # drop(health);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a configuration does nothing until it is given to a builder"]
pub struct Config {
    file: File,
    env: Env,
    overrides: Vec<(String, String)>,
    watch: Option<Duration>,
    on_hangup: bool,
}

#[derive(Debug, Clone)]
enum File {
    None,
    /// In this directory, unless the environment names another.
    Discover(PathBuf),
    Path(PathBuf),
    Text {
        name: Arc<str>,
        text: String,
        format: Format,
    },
}

#[derive(Debug, Clone)]
enum Env {
    None,
    Process,
    Given(Vec<(String, String)>),
}

impl Config {
    fn new(file: File) -> Self {
        Self {
            file,
            env: Env::Process,
            overrides: Vec::new(),
            watch: None,
            on_hangup: false,
        }
    }

    /// Takes the file that `HEALTH_RUNTIME_CONFIG` names, else `health.toml`, `health.yaml` or
    /// `health.yml` in the current directory, and the environment.
    ///
    /// No file at all is fine. Two in the directory are a problem, and so is a named one that
    /// does not exist.
    pub fn discover() -> Self {
        Self::new(File::Discover(PathBuf::new()))
    }

    /// Takes this file, which must exist, and the environment. YAML if it ends in `.yaml` or
    /// `.yml`, else TOML.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(File::Path(path.into()))
    }

    /// Takes the environment alone.
    pub fn env() -> Self {
        Self::new(File::None)
    }

    /// Takes a text of TOML, as if it were the file of this name, and the environment.
    pub fn toml(name: &str, text: impl Into<String>) -> Self {
        Self::text(name, text.into(), Format::Toml)
    }

    /// Takes a text of YAML, as if it were the file of this name, and the environment.
    #[cfg(feature = "yaml")]
    pub fn yaml(name: &str, text: impl Into<String>) -> Self {
        Self::text(name, text.into(), Format::Yaml)
    }

    fn text(name: &str, text: String, format: Format) -> Self {
        Self::new(File::Text {
            name: name.into(),
            text,
            format,
        })
    }

    /// Leaves the environment out, with the variable that names the file.
    pub fn without_env(mut self) -> Self {
        self.env = Env::None;
        self
    }

    /// Takes these variables in place of the environment's.
    pub fn vars<N: Into<String>, V: Into<String>>(
        mut self,
        vars: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let vars = vars
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        self.env = Env::Given(vars.collect());
        self
    }

    /// Sets one value over all layers, by the path of its key: what a command line is for.
    ///
    /// ```
    /// use health_runtime::config::Config;
    ///
    /// let config = Config::env().without_env().override_value("gate.settle", "20s");
    /// let settle = config.origins().unwrap().into_iter().find(|origin| origin.path == "gate.settle");
    /// assert_eq!(settle.unwrap().to_string(), "gate.settle = 20s  # override");
    /// ```
    pub fn override_value(mut self, path: impl Into<String>, value: impl Into<String>) -> Self {
        self.overrides.push((path.into(), value.into()));
        self
    }

    /// Looks `every` so often whether the file says something else, and takes it over if it is
    /// sound. Default: never.
    ///
    /// Polls the content of the file: that works on every file system, needs no watch of the
    /// kernel's, and survives editors that rename and Kubernetes, which swaps a link. A change is
    /// taken when two readings in a row are the same, so that half a file is none. Shorter than
    /// 10 ms counts as 10 ms.
    pub const fn watch(mut self, every: Duration) -> Self {
        self.watch = Some(every);
        self
    }

    /// Reads the configuration anew when the process gets the signal SIGHUP.
    ///
    /// The signal does not end the process any more from then on. The runtime must have its I/O
    /// driver, as `#[tokio::main]` has.
    #[cfg(unix)]
    pub const fn reload_on_hangup(mut self) -> Self {
        self.on_hangup = true;
        self
    }

    /// Looks at the configuration by itself, with the dependencies that it names: whether a program
    /// has them is found out at `init()`. Reads the file.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with everything that is wrong.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.origins().map(drop)
    }

    /// Says where every value comes from, for a configuration by itself: without what code says,
    /// and with the dependencies that it names. Reads the file.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with everything that is wrong.
    pub fn origins(&self) -> Result<Vec<Origin>, ConfigError> {
        Input::read(self, None).origins(self)
    }

    /// Returns the JSON schema of the file, for editors: completion, and marks at what is wrong.
    ///
    /// ```
    /// let schema = health_runtime::config::Config::json_schema();
    /// assert!(schema.contains("\"settle_after_open\""));
    /// ```
    #[must_use]
    pub fn json_schema() -> String {
        describe::json_schema()
    }

    /// Returns a file of TOML that shows every key at its default, in comments: to start from.
    #[must_use]
    pub fn example() -> String {
        describe::example()
    }

    /// Returns the reference of all keys, as Markdown: values, defaults, environment variables.
    #[must_use]
    pub fn reference() -> String {
        describe::reference()
    }
}
