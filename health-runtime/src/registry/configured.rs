//! The configuration of a registry by operators.

use super::HealthRegistry;
use crate::config::{ConfigError, ConfigStatus};

impl HealthRegistry {
    /// Reads the configuration anew and puts it into force: all of it, or nothing.
    ///
    /// Breakers keep their state, what is running goes on, and what has not changed is not touched.
    /// Reads the file, so it blocks for as long as that takes.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with everything that is wrong, or when the registry was started without a
    /// configuration. The values of before stay in force.
    ///
    /// # Examples
    ///
    /// ```
    /// use health_runtime::HealthRegistry;
    ///
    /// let error = HealthRegistry::new().reload_config().unwrap_err();
    /// assert!(error.to_string().starts_with("this registry has no configuration"));
    /// ```
    pub fn reload_config(&self) -> Result<(), ConfigError> {
        self.config().reload()
    }

    /// Says which configuration is in force, since when, where every value comes from, and why the
    /// last reload failed. `None` without a configuration.
    #[must_use]
    pub fn config_status(&self) -> Option<ConfigStatus> {
        self.config().status()
    }
}
