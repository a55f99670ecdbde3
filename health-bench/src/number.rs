//! Numbers as people read them.

/// A number of which a tenth matters below a hundred.
pub(crate) fn number(value: f64) -> String {
    // Not `-0.0`.
    let value = if value.abs() < 0.05 { 0.0 } else { value };
    if value.abs() < 99.95 {
        format!("{value:.1}")
    } else {
        whole(value)
    }
}

/// A whole number, its thousands apart.
pub(crate) fn whole(value: f64) -> String {
    let rounded = value.round() as i64;
    let digits = rounded.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if rounded < 0 {
        format!("-{text}")
    } else {
        text
    }
}

/// How often something happens per call: a whole number, where it is one.
pub(crate) fn per_call(value: f64) -> String {
    if value == value.round() {
        whole(value)
    } else {
        format!("{value:.3}")
    }
}

/// A ratio.
pub(crate) fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(whole(0.4), "0");
        assert_eq!(whole(1_447.0), "1,447");
        assert_eq!(whole(-1_234_567.0), "-1,234,567");
    }

    #[test]
    fn tenths_are_shown_below_a_hundred() {
        assert_eq!(number(99.94), "99.9");
        assert_eq!(number(197.2), "197");
        assert_eq!(number(-0.01), "0.0");
    }

    #[test]
    fn what_happens_now_and_then_is_not_rounded_away() {
        assert_eq!(per_call(3.0), "3");
        assert_eq!(per_call(0.012), "0.012");
    }
}
