//! Spans of time and budgets: text to numbers, and what to write when the text is wrong.

/// What is wrong with a text, and what to write instead, if that can be told.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    says: String,
    write: Option<String>,
}

impl Wrong {
    /// What is refused itself is not told to anybody.
    fn new(says: impl Into<String>, write: Option<String>) -> Self {
        let says = says.into();
        let write = write.filter(|time| millis(time).is_ok());
        Self { says, write }
    }

    /// The message. `example` is a text that is right.
    pub(super) fn message(&self, example: &str) -> String {
        told(&self.says, self.write.as_deref(), example)
    }
}

/// A message that ends in what to write, or in `example` where nobody can tell.
fn told(says: &str, write: Option<&str>, example: &str) -> String {
    format!("{says}: \"{}\"", write.unwrap_or(example))
}

/// `"500ms"`, `"2s"`, `"1m"`, `"1h"`: a whole number and a unit.
pub(super) fn millis(text: &str) -> Result<u64, Wrong> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(Wrong::new("write a number and a unit", None));
    }
    if let Some(part) = unit.strip_prefix('.') {
        return Err(Wrong::new(
            "write a whole number and a unit",
            whole(number, part),
        ));
    }
    if number.bytes().all(|digit| digit == b'0') {
        return Err(Wrong::new("the time must be longer than zero, as in", None));
    }
    if unit.is_empty() {
        return Err(Wrong::new("write a unit", Some(format!("{number}s"))));
    }
    let Some(factor) = factor(unit) else {
        let says = if factor(unit.trim()).is_some() {
            "write it without the space".to_owned()
        } else {
            format!(
                "unknown unit `{}`; there are ms, s, m and h, as in",
                unit.trim()
            )
        };
        let write = meant(unit).map(|meant| format!("{number}{meant}"));
        return Err(Wrong::new(says, write));
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        // What a `Duration` may be added to is narrower than what it may hold.
        .filter(|millis| *millis <= 1_000 * 60 * 60 * 24 * 365 * 100)
        .ok_or_else(|| Wrong::new("the time must be shorter than a century, as in", None))
}

/// A span of time as it is, or as it was meant.
fn meant_time(text: &str) -> Option<String> {
    match millis(text) {
        Ok(_) => Some(text.to_owned()),
        Err(wrong) => wrong.write,
    }
}

/// `"100ms..5s"`, or `"100ms"` for a wait that stays the same.
pub(super) fn range(text: &str) -> Result<(u64, u64), String> {
    const EXAMPLE: &str = "100ms..5s";
    let Some((first, longest)) = text.split_once("..") else {
        let same = millis(text).map_err(|wrong| wrong.message(EXAMPLE))?;
        return Ok((same, same));
    };
    let wrong = match (millis(first), millis(longest)) {
        (Ok(least), Ok(most)) if least <= most => return Ok((least, most)),
        (Ok(_), Ok(_)) => {
            let says = "the first wait comes first, the longest last";
            return Err(told(says, Some(&format!("{longest}..{first}")), EXAMPLE));
        }
        (Err(wrong), _) | (_, Err(wrong)) => wrong,
    };
    let meant = meant_time(first).zip(meant_time(longest));
    let meant = meant.map(|(first, longest)| format!("{first}..{longest}"));
    let meant = meant.filter(|meant| range(meant).is_ok());
    Err(told(&wrong.says, meant.as_deref(), EXAMPLE))
}

/// `"50/1m"`: how many, and in which span of time.
pub(super) fn budget(text: &str) -> Result<(u32, u64), String> {
    const EXAMPLE: &str = "50/1m";
    let Some((permits, per)) = text.split_once('/') else {
        return Err(told("write how many calls in which time", None, EXAMPLE));
    };
    let Ok(number) = permits.parse::<u32>() else {
        let says = "write a whole number of calls before the `/`";
        return Err(told(says, None, EXAMPLE));
    };
    let (says, meant) = if number == 0 {
        let says = "0 calls would refuse every one; allow at least one";
        (says.to_owned(), meant_time(per))
    } else if factor(per).is_some() {
        ("write how long, too".to_owned(), Some(format!("1{per}")))
    } else {
        match millis(per) {
            Ok(millis) => return Ok((number, millis)),
            Err(wrong) => (wrong.says, wrong.write),
        }
    };
    let meant = meant.map(|per| format!("{}/{per}", number.max(1)));
    Err(told(&says, meant.as_deref(), EXAMPLE))
}

fn factor(unit: &str) -> Option<u64> {
    Some(match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    })
}

fn meant(unit: &str) -> Option<&'static str> {
    Some(match unit.trim().to_ascii_lowercase().as_str() {
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        _ => return None,
    })
}

/// `"1.5s"` is `"1500ms"`.
fn whole(number: &str, part: &str) -> Option<String> {
    let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (part, unit) = part.split_at(digits);
    let factor = factor(meant(unit)?)?;
    let scale = 10_u64.checked_pow(part.len().try_into().ok()?)?;
    let scaled = format!("{number}{part}")
        .parse::<u64>()
        .ok()?
        .checked_mul(factor)?;
    (scaled % scale == 0).then(|| format!("{}ms", scaled / scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_is_a_span_of_time() {
        for (text, expected) in [
            ("500ms", 500),
            ("2s", 2_000),
            ("1m", 60_000),
            ("1h", 3_600_000),
            // A century, which is the longest.
            ("876000h", 3_153_600_000_000),
        ] {
            assert_eq!(millis(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_wrong_span_of_time_is_answered_with_the_right_one() {
        for (text, expected) in [
            ("5", "write a unit: \"5s\""),
            ("0", "the time must be longer than zero, as in: \"2s\""),
            ("0s", "the time must be longer than zero, as in: \"2s\""),
            ("", "write a number and a unit: \"2s\""),
            ("s", "write a number and a unit: \"2s\""),
            ("-5s", "write a number and a unit: \"2s\""),
            (
                "5sec",
                "unknown unit `sec`; there are ms, s, m and h, as in: \"5s\"",
            ),
            (
                "5msecs",
                "unknown unit `msecs`; there are ms, s, m and h, as in: \"5ms\"",
            ),
            (
                "5hours",
                "unknown unit `hours`; there are ms, s, m and h, as in: \"5h\"",
            ),
            ("5 s", "write it without the space: \"5s\""),
            (
                "5d",
                "unknown unit `d`; there are ms, s, m and h, as in: \"2s\"",
            ),
            ("1.5s", "write a whole number and a unit: \"1500ms\""),
            ("0.25 s", "write a whole number and a unit: \"250ms\""),
            ("0.0001ms", "write a whole number and a unit: \"2s\""),
            ("0.0s", "write a whole number and a unit: \"2s\""),
            (
                "3153600000001ms",
                "the time must be shorter than a century, as in: \"2s\"",
            ),
            (
                "99999999999999999999s",
                "the time must be shorter than a century, as in: \"2s\"",
            ),
            (
                "18446744073709551615h",
                "the time must be shorter than a century, as in: \"2s\"",
            ),
        ] {
            let message = millis(text).map_err(|wrong| wrong.message("2s"));
            assert_eq!(message, Err(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_wrong_range_is_answered_with_the_right_one() {
        assert_eq!(range("100ms..5s"), Ok((100, 5_000)));
        for (text, expected) in [
            (
                "5s..1s",
                "the first wait comes first, the longest last: \"1s..5s\"",
            ),
            ("1..5s", "write a unit: \"1s..5s\""),
            ("100..5s", "write a unit: \"100ms..5s\""),
            ("1 s..5 s", "write it without the space: \"1s..5s\""),
            ("1s..x", "write a number and a unit: \"100ms..5s\""),
            (
                "1.5s..x..",
                "write a whole number and a unit: \"100ms..5s\"",
            ),
            ("1..1d", "write a unit: \"100ms..5s\""),
        ] {
            assert_eq!(range(text), Err(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn nobody_is_told_to_write_what_is_refused_as_well() {
        for text in [
            "99999999999999999999",
            "3155760001 seconds",
            "99999999999.5h",
        ] {
            let message = millis(text).map_err(|wrong| wrong.message("2s"));
            assert!(message.unwrap_err().ends_with(": \"2s\""), "{text}");
        }
        for text in ["0/x", "0/5\": \"", "50/m5", "7/99999999999"] {
            assert!(budget(text).unwrap_err().ends_with(": \"50/1m\""), "{text}");
        }
        assert!(budget("0/60").unwrap_err().ends_with(": \"1/60s\""));
    }

    #[test]
    fn a_budget_is_a_number_per_span_of_time() {
        assert_eq!(budget("50/1m"), Ok((50, 60_000)));
        for (text, expected) in [
            ("50", "write how many calls in which time: \"50/1m\""),
            (
                "0/1m",
                "0 calls would refuse every one; allow at least one: \"1/1m\"",
            ),
            (
                "many/1m",
                "write a whole number of calls before the `/`: \"50/1m\"",
            ),
            ("50/m", "write how long, too: \"50/1m\""),
            ("7/60", "write a unit: \"7/60s\""),
            (
                "7/0s",
                "the time must be longer than zero, as in: \"50/1m\"",
            ),
            (
                "7/1min",
                "unknown unit `min`; there are ms, s, m and h, as in: \"7/1m\"",
            ),
        ] {
            assert_eq!(budget(text), Err(expected.to_owned()), "{text}");
        }
    }
}
