//! Spans of time and budgets: text to numbers, and what to write when the text is wrong.

/// `"500ms"`, `"2s"`, `"1m"`, `"1h"`: a whole number and a unit.
pub(super) fn millis(text: &str) -> Result<u64, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err("write a number and a unit: \"2s\"".to_owned());
    }
    if number.bytes().all(|digit| digit == b'0') && !unit.starts_with('.') {
        return Err("must be longer than zero: write \"2s\", or leave it out".to_owned());
    }
    if unit.is_empty() {
        return Err(format!("write a unit: \"{number}s\""));
    }
    if let Some(part) = unit.strip_prefix('.') {
        return Err(fraction(number, part));
    }
    let Some(factor) = factor(unit) else {
        return Err(match meant(unit) {
            Some(meant) => format!("unknown unit `{unit}`: write \"{number}{meant}\""),
            None => format!("unknown unit `{unit}`: the units are ms, s, m and h"),
        });
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        // What a `Duration` may be added to is narrower than what it may hold.
        .filter(|millis| *millis <= 1_000 * 60 * 60 * 24 * 365 * 100)
        .ok_or_else(|| "must be shorter than a century".to_owned())
}

/// `"50/1m"`: how many, and in which span of time.
pub(super) fn budget(text: &str) -> Result<(u32, u64), String> {
    let Some((permits, per)) = text.split_once('/') else {
        return Err("write how many calls per span of time: \"50/1m\"".to_owned());
    };
    let wrong = "write a whole number of calls before the `/`: \"50/1m\"";
    let permits: u32 = permits.parse().map_err(|_| wrong.to_owned())?;
    if permits == 0 {
        return Err("0 calls would refuse every one: allow at least 1, as in \"1/1m\"".to_owned());
    }
    if factor(per).is_some() {
        return Err(format!("write how long: \"{permits}/1{per}\""));
    }
    Ok((permits, millis(per)?))
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
fn fraction(number: &str, part: &str) -> String {
    let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (part, unit) = part.split_at(digits);
    let whole = || {
        let factor = factor(meant(unit)?)?;
        let scale = 10_u64.checked_pow(part.len().try_into().ok()?)?;
        let scaled = format!("{number}{part}")
            .parse::<u64>()
            .ok()?
            .checked_mul(factor)?;
        (scaled > 0 && scaled % scale == 0).then_some(scaled / scale)
    };
    match whole() {
        Some(millis) => format!("write a whole number: \"{millis}ms\""),
        None => "write a whole number and a unit: \"500ms\"".to_owned(),
    }
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
            (
                "0",
                "must be longer than zero: write \"2s\", or leave it out",
            ),
            (
                "0s",
                "must be longer than zero: write \"2s\", or leave it out",
            ),
            ("", "write a number and a unit: \"2s\""),
            ("s", "write a number and a unit: \"2s\""),
            ("-5s", "write a number and a unit: \"2s\""),
            ("5sec", "unknown unit `sec`: write \"5s\""),
            ("5 s", "unknown unit ` s`: write \"5s\""),
            ("5d", "unknown unit `d`: the units are ms, s, m and h"),
            ("1.5s", "write a whole number: \"1500ms\""),
            ("0.25 s", "write a whole number: \"250ms\""),
            ("0.0001ms", "write a whole number and a unit: \"500ms\""),
            ("99999999999999999999s", "must be shorter than a century"),
            ("18446744073709551615h", "must be shorter than a century"),
        ] {
            assert_eq!(millis(text), Err(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_budget_is_a_number_per_span_of_time() {
        assert_eq!(budget("50/1m"), Ok((50, 60_000)));
        for (text, expected) in [
            ("50", "write how many calls per span of time: \"50/1m\""),
            (
                "0/1m",
                "0 calls would refuse every one: allow at least 1, as in \"1/1m\"",
            ),
            (
                "many/1m",
                "write a whole number of calls before the `/`: \"50/1m\"",
            ),
            ("50/m", "write how long: \"50/1m\""),
            ("50/60", "write a unit: \"60s\""),
        ] {
            assert_eq!(budget(text), Err(expected.to_owned()), "{text}");
        }
    }
}
