//! Spans of time as people write them: `500ms`, `30s`, `1m30s`. Pure.

use std::time::Duration;

const NANOS: &[(&str, u128)] = &[
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Longer than any option means anything, short enough for any arithmetic on time.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Reads numbers with units, such as `1.5s` or `1m30s`.
///
/// # Errors
///
/// What is wrong with the text and what would be right, as a fragment.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if let Some(span) = in_seconds(text) {
        return Err(match span {
            Ok(_) => format!("expected a duration: write `{text}s`"),
            Err(too_long) => too_long,
        });
    }
    let total = nanos(text).ok_or_else(|| {
        format!(
            "expected a duration, a number with a unit (ms, s, m, h, d) such as `30s`, found `{}`",
            text.escape_debug()
        )
    })?;
    bounded(text, total)
}

/// What a number that lacks its unit is with seconds for one; `None` for what is no such number.
///
/// # Errors
///
/// If that would be too long.
pub(super) fn in_seconds(text: &str) -> Option<Result<Duration, String>> {
    let text = text.trim();
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let total = nanos(&format!("{text}s")).filter(|_| is_plain)?;
    Some(bounded(&format!("{text}s"), total))
}

fn bounded(text: &str, total: u128) -> Result<Duration, String> {
    let longest = LONGEST.as_nanos();
    if total > longest {
        return Err(format!("`{text}` is longer than 10 years"));
    }
    let nanos = u64::try_from(total).unwrap_or(u64::MAX);
    Ok(Duration::from_nanos(nanos))
}

fn nanos(text: &str) -> Option<u128> {
    let mut rest = text;
    let mut total: u128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let letters = behind
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let (_, unit) = NANOS.iter().find(|(name, _)| *name == unit)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        // More digits than a nanosecond has would be lost.
        if whole.is_empty() || fraction.len() > 9 || number.ends_with('.') {
            return None;
        }
        let tenths = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        let fraction = if fraction.is_empty() { "0" } else { fraction };
        let fraction: u128 = fraction.parse().ok()?;
        let whole: u128 = whole.parse().ok()?;
        total = total
            .checked_add(whole.checked_mul(*unit)?)?
            .checked_add(fraction.checked_mul(*unit)? / tenths)?;
        rest = behind;
    }
    Some(total)
}

/// Writes a span of time so that [`parse`] reads the same.
pub(super) fn show(span: Duration) -> String {
    let mut rest = span.as_nanos();
    let mut text = String::new();
    for (unit, nanos) in NANOS {
        let count = rest / nanos;
        rest %= nanos;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_without_a_unit_is_told_which_to_write() {
        assert_eq!(parse("30").unwrap_err(), "expected a duration: write `30s`");
        assert_eq!(
            parse("1.5").unwrap_err(),
            "expected a duration: write `1.5s`"
        );
    }

    #[test]
    fn nobody_is_told_to_write_what_is_no_duration_either() {
        for text in [
            "inf",
            "nan",
            "-1",
            "1e3",
            ".5",
            "5.",
            "+1",
            "1.0000000001",
            "9999999999",
        ] {
            let told = parse(text).unwrap_err();
            assert!(!told.contains("write"), "{text}: {told}");
        }
    }

    #[test]
    fn units_add_up_and_may_have_fractions() {
        for (text, millis) in [
            ("0s", 0),
            ("250ms", 250),
            ("1.5s", 1_500),
            ("1m30s", 90_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            " ",
            "s",
            "1 s",
            "-1s",
            "1.s",
            ".5s",
            "1..5s",
            "1sec",
            "1s2",
            "ms",
            "1M",
            "∞",
            "99999999999999999999999999999999999999d",
            "4000d",
            "1.0000000001s",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_as_the_same(nanos in 0..LONGEST.as_nanos() as u64) {
            let span = Duration::from_nanos(nanos);
            prop_assert_eq!(parse(&show(span)), Ok(span));
        }
    }
}
