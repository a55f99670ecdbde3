//! Spans of time, for people.

use std::fmt;
use std::time::Duration;

/// A time for people: `0.4s`, `31s`, `4m`, `2h`.
pub(crate) struct Short(pub(crate) Duration);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0.as_millis() / 100;
        match self.0.as_secs() {
            0..10 if !tenths.is_multiple_of(10) => write!(f, "{}.{}s", tenths / 10, tenths % 10),
            seconds @ 0..120 => write!(f, "{seconds}s"),
            seconds @ 120..7200 => write!(f, "{}m", seconds / 60),
            seconds => write!(f, "{}h", seconds / 3600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        let text = |millis| Short(Duration::from_millis(millis)).to_string();
        assert_eq!(text(430), "0.4s");
        assert_eq!(text(3_000), "3s");
        assert_eq!(text(31_900), "31s");
        assert_eq!(text(250_000), "4m");
        assert_eq!(text(7_300_000), "2h");
    }
}
