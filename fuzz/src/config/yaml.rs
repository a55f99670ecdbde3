//! Any text as `health.yaml`.

use health_runtime::config::Config;

use super::resolved::check;

/// See [`resolved`](super::resolved).
pub fn run(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        check(&Config::yaml("health.yaml", text).without_env(), Some(text));
    }
}
