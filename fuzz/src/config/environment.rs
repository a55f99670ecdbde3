//! Any variables and overrides, over any file.
//!
//! An input has a line for each: `HEALTH_RUNTIME__GATE__SETTLE=10s` is a variable, `gate.settle=10s` an
//! override. What follows a line `---` is the file.

use health_runtime::config::Config;

use super::resolved::check;
use crate::parts;

/// See [`resolved`](super::resolved).
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (said, file) = parts(text);
    let said = said.lines().filter_map(|line| line.split_once('='));
    let (vars, overrides): (Vec<_>, Vec<_>) =
        said.partition(|(name, _)| name.starts_with("HEALTH_RUNTIME"));
    let config = match file {
        Some(file) => Config::toml("health.toml", file),
        None => Config::env(),
    };
    let config = overrides
        .into_iter()
        .fold(config.vars(vars), |config, (path, value)| {
            config.override_value(path, value)
        });
    check(&config, file);
}
