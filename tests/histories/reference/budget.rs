//! How much one operation may destroy in a time.

use std::time::Duration;

use super::Time;

/// A bucket of tokens that fills up evenly, as far as there is room for what is not in flight.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    pub(crate) permits: u32,
    per: Duration,
    /// In nanoseconds, `per` to the token.
    filled: u128,
    looked: Time,
    in_flight: u32,
}

impl Budget {
    pub(crate) fn new(permits: u32, per: Duration) -> Self {
        Self {
            permits,
            per,
            filled: u128::from(permits) * per.as_nanos(),
            looked: Time::ZERO,
            in_flight: 0,
        }
    }

    fn fill(&mut self, now: Time) {
        let gained = (now - self.looked).as_nanos() * u128::from(self.permits);
        let room = u128::from(self.permits - self.in_flight) * self.per.as_nanos();
        self.filled = (self.filled + gained).min(room.max(self.filled));
        self.looked = now;
    }

    pub(crate) fn left(&mut self, now: Time) -> u32 {
        self.fill(now);
        let tokens = (self.filled / self.per.as_nanos()) as u32;
        tokens.min(self.permits - self.in_flight)
    }

    /// Takes a place. Says whether there was one.
    pub(crate) fn take(&mut self, now: Time) -> bool {
        let has_place = self.left(now) > 0;
        if has_place {
            self.filled -= self.per.as_nanos();
            self.in_flight += 1;
        }
        has_place
    }

    /// A call has ended. Its token stays spent.
    pub(crate) fn end(&mut self, now: Time) {
        self.fill(now);
        self.in_flight -= 1;
    }
}
