//! Who has answered how often.

use std::collections::BTreeMap;

use tracing::debug;

use crate::error::Reason;
use crate::sync::Mutex;

/// How often the fallback of a function was asked, and how often it had an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FallbackCounts {
    /// The function that was called.
    pub function: &'static str,
    /// The function that answers for it.
    pub fallback: &'static str,
    /// The dependencies of the function.
    pub deps: &'static [&'static str],
    /// How often the fallback gave an answer.
    pub answered: u64,
    /// How often it ended in an error, too.
    pub failed: u64,
}

/// The counts of a registry.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<BTreeMap<(&'static str, &'static str), FallbackCounts>>);

impl Ledger {
    /// Notes what a fallback has answered, and why it was asked: the reason of the refusal, if it
    /// was one.
    pub(crate) fn note(
        &self,
        function: &'static str,
        fallback: &'static str,
        deps: &'static [&'static str],
        refusal: Option<Reason>,
        is_error: bool,
    ) {
        {
            let mut counts = self.0.lock();
            let counts = counts
                .entry((function, fallback))
                .or_insert(FallbackCounts {
                    function,
                    fallback,
                    deps,
                    answered: 0,
                    failed: 0,
                });
            if is_error {
                counts.failed += 1;
            } else {
                counts.answered += 1;
            }
        }
        debug!(
            target: "health_runtime::fallback",
            function,
            fallback,
            because = refusal.map_or("failure", Reason::code),
            outcome = if is_error { "error" } else { "ok" },
            "{fallback} answered for {function}",
        );
    }

    pub(crate) fn counts(&self) -> Vec<FallbackCounts> {
        self.0.lock().values().cloned().collect()
    }
}
