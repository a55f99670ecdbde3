//! The header `Retry-After` (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime};

/// Reads the value of an HTTP header `Retry-After`: how long to wait from now.
///
/// It is either a number of seconds or a date, as in `Sun, 06 Nov 1994 08:49:37 GMT`; a date that is
/// over is a wait of zero. Nobody has sent the two older forms of dates for decades: they, and
/// everything else, are `None`. A date is measured by the wall clock of this machine.
///
/// How long a wait can get in the end is for the policy of the breaker to say, see
/// [`BreakerPolicy`](crate::BreakerPolicy).
///
/// # Examples
///
/// ```
/// use health_runtime::{Classify, Outcome, retry_after};
/// use std::time::Duration;
///
/// struct HttpError {
///     status: u16,
///     retry_after: Option<String>,
/// }
///
/// impl Classify for HttpError {
///     fn classify(&self) -> Outcome {
///         match self.retry_after.as_deref().and_then(retry_after) {
///             Some(wait) => Outcome::RetryAfter(wait),
///             None => Outcome::FAILURE,
///         }
///     }
///
///     // Has the last word on whether it is a failure at all.
///     fn http_status(&self) -> Option<u16> {
///         Some(self.status)
///     }
/// }
///
/// let busy = HttpError { status: 429, retry_after: Some("7".into()) };
/// assert_eq!(busy.classify(), Outcome::RetryAfter(Duration::from_secs(7)));
/// assert_eq!(retry_after("soon"), None);
/// ```
#[must_use]
pub fn retry_after(value: &str) -> Option<Duration> {
    retry_after_at(value, SystemTime::now())
}

fn retry_after_at(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim_matches([' ', '\t']);
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than fit are still a very long time.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(date(value)?))?;
    Some(until.duration_since(now).unwrap_or_default())
}

/// Reads an `IMF-fixdate` of exactly that form, in seconds since 1970. The name of the day is not
/// compared with the date: what it adds cannot be used.
fn date(value: &str) -> Option<u64> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (day_name, rest) = value.split_once(", ")?;
    let mut parts = rest.split(' ');
    let day = number(parts.next()?, 2)?;
    let month_name = parts.next()?;
    let year = number(parts.next()?, 4)?;
    let mut time = parts.next()?.split(':');
    let [hour, minute, second] = [time.next()?, time.next()?, time.next()?].map(|n| number(n, 2));
    let (hour, minute, second) = (hour?, minute?, second?);
    let is_whole = time.next().is_none() && parts.next() == Some("GMT") && parts.next().is_none();
    let month = 1 + MONTHS.iter().position(|name| *name == month_name)? as u64;
    let days = days_of(year, month);
    let is_date = DAYS.contains(&day_name)
        && year >= 1970
        && (1..=days).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60; // a leap second
    if !(is_whole && is_date) {
        return None;
    }
    let years = 365 * (year - 1970) + leap_days(year) - leap_days(1970);
    let months: u64 = (1..month).map(|month| days_of(year, month)).sum();
    let days = years + months + day - 1;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// A number of exactly this many digits.
fn number(text: &str, digits: usize) -> Option<u64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// How many leap days there were before this year.
const fn leap_days(year: u64) -> u64 {
    let before = year - 1;
    before / 4 - before / 100 + before / 400
}

const fn days_of(year: u64, month: u64) -> u64 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(value: &str, now: u64) -> Option<u64> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
        retry_after_at(value, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_read_as_they_stand() {
        assert_eq!(at("0", 0), Some(0));
        assert_eq!(at("120", 5), Some(120));
        assert_eq!(at("\t120 ", 5), Some(120));
        assert_eq!(at("99999999999999999999999", 0), Some(u64::MAX));
    }

    #[test]
    fn a_date_is_a_wait_from_now_and_never_a_negative_one() {
        // The example of RFC 9110: 784111777 seconds after 1970.
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(at(date, 784_111_777 - 90), Some(90));
        assert_eq!(at(date, 784_111_777 + 90), Some(0));
    }

    #[test]
    fn dates_are_counted_over_leap_years_and_ends_of_months() {
        for (date, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Fri, 31 Dec 2027 23:59:60 GMT", 1_830_297_600),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ] {
            assert_eq!(at(date, 0), Some(seconds), "{date}");
        }
    }

    #[test]
    fn everything_else_is_no_wait() {
        for value in [
            "",
            " ",
            "soon",
            "-1",
            "+1",
            "1.5",
            "0x10",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 29 Feb 2100 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49:37 GMT ago",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Day, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(at(value, 0), None, "{value:?}");
        }
    }
}
