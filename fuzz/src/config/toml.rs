//! Any text as `health.toml`.

use health_runtime::config::Config;

use super::resolved::check;

/// See [`resolved`](super::resolved).
pub fn run(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        check(&Config::toml("health.toml", text).without_env(), Some(text));
    }
}
