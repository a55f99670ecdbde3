//! Any text as the header `Retry-After`.

use std::time::{Duration, SystemTime};

use health_runtime::retry_after;

/// A number is that many seconds; a date is what the crate `httpdate`, which hyper uses, reads, too.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let before = SystemTime::now();
    let wait = retry_after(text);
    let after = SystemTime::now();
    let trimmed = text.trim_matches([' ', '\t']);
    if !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = trimmed.parse().unwrap_or(u64::MAX);
        assert_eq!(wait, Some(Duration::from_secs(seconds)), "{text:?}");
        return;
    }
    let Some(wait) = wait else {
        // It reads the two older forms of dates, too, and takes the name of the day seriously.
        let is_date = httpdate::parse_http_date(trimmed)
            .is_ok_and(|date| httpdate::fmt_http_date(date) == trimmed);
        assert!(!is_date, "{text:?} is a date");
        return;
    };
    let date = date(trimmed).unwrap_or_else(|| panic!("{text:?} is no date, not {wait:?}"));
    let until = |now| date.duration_since(now).unwrap_or_default();
    assert!(
        (until(after)..=until(before)).contains(&wait),
        "{text:?} is {wait:?}"
    );
}

/// Reads a date whatever day of the week it says it is, and with a leap second.
fn date(text: &str) -> Option<SystemTime> {
    let (_, rest) = text.split_once(", ")?;
    let (rest, leap) = match rest.strip_suffix(":60 GMT") {
        Some(rest) => (format!("{rest}:59 GMT"), Duration::from_secs(1)),
        None => (rest.to_owned(), Duration::ZERO),
    };
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let mut dates = days
        .iter()
        .filter_map(|day| httpdate::parse_http_date(&format!("{day}, {rest}")).ok());
    dates.next().map(|date| date + leap)
}
