//! A breaker for each key: the keys, and who keeps breakers by key.

use std::sync::OnceLock;
use std::time::Duration;

use crate::case::Run;
use crate::peers::Tuning;

/// How the breakers of keys are set up.
pub(crate) const TUNING: Tuning = Tuning {
    failures: 5,
    cooldown: Duration::from_secs(30),
};

/// How many keys are known.
pub(crate) const KNOWN: usize = 1_000;

/// Somebody who keeps a breaker for each key.
pub(crate) struct Keyed {
    /// Who, and how.
    pub(crate) name: &'static str,
    /// Calls through the breakers of known keys, one key after the other.
    pub(crate) known: Run,
}

/// The keys that are known.
pub(crate) fn known() -> &'static [String] {
    static KEYS: OnceLock<Vec<String>> = OnceLock::new();
    KEYS.get_or_init(|| (0..KNOWN).map(|n| format!("host-{n:07}.example")).collect())
}

/// So many of the known keys, over and over.
pub(crate) fn cycle(count: u64) -> impl Iterator<Item = &'static str> {
    let keys = known().iter().map(String::as_str);
    keys.cycle().take(count as usize)
}
