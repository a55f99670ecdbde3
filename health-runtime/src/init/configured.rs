//! A configuration by operators, given to the builder.

use super::Builder;
use crate::config::Config;

impl Builder {
    /// Lays a configuration over what the code says: a file, the environment, overrides.
    ///
    /// Read at [`init`](Self::init), which tells everything that is wrong with it. Every dependency
    /// that it names must exist: declared here, or, where nothing is declared, mentioned by an
    /// attribute.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use health_runtime::Dependency;
    /// use health_runtime::config::Config;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), health_runtime::InitError> {
    /// let health = health_runtime::builder()
    ///     .dependency(Dependency::new("redis"))
    ///     .config(Config::toml("health.toml", "version = 1\n[deps.redis.breaker]\nconsecutive = 3").without_env())
    ///     .init()
    ///     .await?;
    /// let status = health.registry().config_status().unwrap();
    /// assert!(status.origins.iter().any(|origin| origin.to_string() == "deps.redis.breaker.consecutive = 3  # file health.toml:3"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn config(mut self, config: Config) -> Self {
        self.config.set(config);
        self
    }
}
