//! Spans of time and budgets: text to numbers, and what to write when the text is wrong.

/// What is wrong with a text, and what to write instead, if that can be told.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    says: String,
    write: Option<String>,
}

impl Wrong {
    fn new(says: impl Into<String>, write: Option<String>) -> Self {
        let says = says.into();
        Self { says, write }
    }

    /// The message. `before` is what the text has before the time, `example` a text that is right.
    pub(super) fn message(&self, before: &str, example: &str) -> String {
        let says = &self.says;
        match &self.write {
            Some(time) => format!("{says}: \"{before}{time}\""),
            None => format!("{says}: \"{example}\""),
        }
    }
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

/// `"100ms..5s"`, or `"100ms"` for a wait that stays the same.
pub(super) fn range(text: &str) -> Result<(u64, u64), String> {
    const EXAMPLE: &str = "100ms..5s";
    let (first, longest) = match text.split_once("..") {
        Some((first, longest)) => (first, longest.trim_start_matches('=')),
        None => (text, text),
    };
    let span =
        |part: &str, before: &str| millis(part).map_err(|wrong| wrong.message(before, EXAMPLE));
    let before = text.strip_suffix(longest).filter(|_| text != longest);
    let (least, most) = (span(first, "")?, span(longest, before.unwrap_or_default())?);
    if least > most {
        return Err(format!(
            "the first wait comes first, the longest last: \"{longest}..{first}\""
        ));
    }
    Ok((least, most))
}

/// `"50/1m"`: how many, and in which span of time.
pub(super) fn budget(text: &str) -> Result<(u32, u64), String> {
    const EXAMPLE: &str = "50/1m";
    let Some((permits, per)) = text.split_once('/') else {
        return Err(format!("write how many calls in which time: \"{EXAMPLE}\""));
    };
    let Ok(number) = permits.parse::<u32>() else {
        return Err(format!(
            "write a whole number of calls before the `/`: \"{EXAMPLE}\""
        ));
    };
    if number == 0 {
        return Err(format!(
            "0 calls would refuse every one; allow at least one: \"1/{per}\""
        ));
    }
    if factor(per).is_some() {
        return Err(format!("write how long, too: \"{permits}/1{per}\""));
    }
    match millis(per) {
        Ok(millis) => Ok((number, millis)),
        Err(wrong) => Err(wrong.message(&format!("{permits}/"), EXAMPLE)),
    }
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
    (scaled > 0 && scaled % scale == 0).then(|| format!("{}ms", scaled / scale))
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
            ("5 s", "write it without the space: \"5s\""),
            (
                "5d",
                "unknown unit `d`; there are ms, s, m and h, as in: \"2s\"",
            ),
            ("1.5s", "write a whole number and a unit: \"1500ms\""),
            ("0.25 s", "write a whole number and a unit: \"250ms\""),
            ("0.0001ms", "write a whole number and a unit: \"2s\""),
            (
                "99999999999999999999s",
                "the time must be shorter than a century, as in: \"2s\"",
            ),
            (
                "18446744073709551615h",
                "the time must be shorter than a century, as in: \"2s\"",
            ),
        ] {
            let message = millis(text).map_err(|wrong| wrong.message("", "2s"));
            assert_eq!(message, Err(expected.to_owned()), "{text}");
        }
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
