//! Spans of time, waits and budgets as arguments have them.
//!
//! An input is the text in the quotes.

use health_macros_linked::{budget, millis, range};

/// A century, which no span may be longer than.
const LONGEST: u64 = 1_000 * 60 * 60 * 24 * 365 * 100;

/// Values stay in their bounds, and whoever writes what a message tells to write gets there.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let is_span = |millis| (1..=LONGEST).contains(&millis);
    if let Some(millis) = led_to(text, millis) {
        assert!(is_span(millis), "{text:?} is {millis}");
        assert_eq!(self::millis(&format!("{millis}ms")), Ok(millis));
    }
    if let Some((first, longest)) = led_to(text, range) {
        assert!(
            is_span(first) && is_span(longest) && first <= longest,
            "{text:?}"
        );
        assert_eq!(
            range(&format!("{first}ms..{longest}ms")),
            Ok((first, longest))
        );
    }
    if let Some((permits, per)) = led_to(text, budget) {
        assert!(permits > 0 && is_span(per), "{text:?}");
        assert_eq!(budget(&format!("{permits}/{per}ms")), Ok((permits, per)));
    }
}

/// What is read; of what a message tells to write, if it is one.
fn led_to<T>(text: &str, read: fn(&str) -> Result<T, String>) -> Option<T> {
    let message = match read(text) {
        Ok(value) => return Some(value),
        Err(message) => message,
    };
    // The last thing in quotes: what the text itself says may be quoted before.
    let told = message
        .strip_suffix('"')
        .and_then(|told| told.rsplit_once('"'));
    let (_, told) = told.unwrap_or_else(|| panic!("{message:?} tells nothing"));
    let value = read(told);
    assert!(value.is_ok(), "{message:?}, and that is wrong, too");
    value.ok()
}
