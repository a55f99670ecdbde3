//! How long to wait before the next trial.

use std::time::Duration;

use crate::clock::NEVER;

/// The growing wait between attempts: `initial * multiplier^level`, capped, then jittered.
///
/// Jitter only ever shortens a wait, by up to half of it with the default [`Jitter::Equal`]: where
/// `initial` is 60 s, the first wait takes 30 to 60 s. For a wait that is exact, say
/// [`Jitter::None`].
///
/// Exponential backoff with jitter as described by Marc Brooker, "Exponential Backoff And Jitter"
/// (AWS Architecture Blog, 2015).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use health_runtime::Backoff;
///
/// let backoff = Backoff { initial: Duration::from_millis(100), ..Backoff::default() };
/// assert_eq!(backoff.base(3), Duration::from_millis(800)); // before jitter
/// assert_eq!(backoff.base(63), Duration::from_secs(60)); // the cap
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Backoff {
    /// The wait at level 0, before jitter. Default 1 s.
    pub initial: Duration,
    /// The factor from one level to the next, at least 1. Default 2.
    pub multiplier: f64,
    /// The longest wait, before jitter. Default 60 s.
    pub max: Duration,
    /// The random part. Default [`Jitter::Equal`].
    pub jitter: Jitter,
    /// Health time that takes one level off again: a single lucky success does not reset the
    /// level. Default 60 s.
    pub decay: Duration,
}

/// Which part of a wait is random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jitter {
    /// None. For tests: a fleet without jitter comes back as a herd.
    None,
    /// Half of the wait is fixed, half is random, so that no wait is near zero: 60 s become 30 to
    /// 60 s.
    Equal,
    /// All of the wait is random, except for the hundredth part that keeps it from being zero.
    Full,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Duration::from_secs(1),
            multiplier: 2.0,
            max: Duration::from_secs(60),
            jitter: Jitter::Equal,
            decay: Duration::from_secs(60),
        }
    }
}

impl Backoff {
    /// Returns the wait at `level`, before jitter.
    #[must_use]
    pub fn base(&self, level: u32) -> Duration {
        let exponent = i32::try_from(level).unwrap_or(i32::MAX);
        let seconds = self.initial.as_secs_f64() * self.multiplier.powi(exponent);
        // What is no duration is too long for one: `powi` overflows to infinity, and the longest
        // cap rounds up to more than itself. (A negative factor is refused where it is declared.)
        Duration::try_from_secs_f64(seconds).map_or(self.max, |wait| wait.min(self.max))
    }

    /// Returns the wait at `level` for a random `roll` in `0.0..1.0`.
    pub(crate) fn wait(&self, level: u32, roll: f64) -> Duration {
        let base = self.base(level);
        let share = match self.jitter {
            Jitter::None => 1.0,
            Jitter::Equal => 0.5 + roll / 2.0,
            Jitter::Full => roll.max(0.01),
        };
        base.min(NEVER).mul_f64(share)
    }

    /// Returns the level after one more failure: one up, for as long as that waits longer. Levels beyond
    /// the cap would wait no longer, and take as long to be forgotten as the outage had lasted.
    pub(crate) fn raised(&self, level: u32) -> u32 {
        let next = level.saturating_add(1);
        if self.base(next) > self.base(level) {
            next
        } else {
            level
        }
    }

    /// Returns the level that is left of `level` after `healthy` time.
    pub(crate) fn decayed(&self, level: u32, healthy: Duration) -> u32 {
        let taken = healthy.as_nanos() / self.decay.as_nanos().max(1);
        level.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX))
    }

    /// Says what is wrong with the values, each problem as one fragment.
    pub(crate) fn problems(&self, found: &mut Vec<String>) {
        if self.initial.is_zero() {
            found.push("backoff.initial must be longer than zero, got 0ns".into());
        }
        if self.max < self.initial {
            found.push(format!(
                "backoff.max ({:?}) must not be shorter than backoff.initial ({:?})",
                self.max, self.initial
            ));
        }
        if !self.multiplier.is_finite() || self.multiplier < 1.0 {
            found.push(format!(
                "backoff.multiplier must be at least 1, got {}",
                self.multiplier
            ));
        }
        if self.decay.is_zero() {
            found.push("backoff.decay must be longer than zero, got 0ns".into());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waits_may_stay_the_same_and_not_shrink() {
        let is_sound = |multiplier| {
            let mut found = Vec::new();
            let backoff = Backoff {
                multiplier,
                ..Backoff::default()
            };
            backoff.problems(&mut found);
            found.is_empty()
        };
        assert!(is_sound(1.0));
        for wrong in [0.999, f64::NAN, f64::INFINITY] {
            assert!(!is_sound(wrong), "{wrong}");
        }
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let backoff = Backoff::default();
        let seconds: Vec<u64> = (0..8).map(|level| backoff.base(level).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff.base(u32::MAX), Duration::from_secs(60));
    }

    #[test]
    fn no_value_makes_a_wait_that_panics() {
        for (initial, multiplier) in [
            (Duration::MAX, 1.0),
            (Duration::from_secs(1), 1e300),
            (Duration::from_secs(1), -2.0),
            (Duration::from_secs(1), f64::NAN),
            (Duration::ZERO, f64::INFINITY),
        ] {
            let backoff = Backoff {
                initial,
                multiplier,
                max: Duration::MAX,
                ..Backoff::default()
            };
            for level in [0, 1, 64, u32::MAX] {
                assert!(backoff.wait(level, 0.999) <= NEVER);
            }
        }
    }

    #[test]
    fn the_level_decays_with_healthy_time() {
        let backoff = Backoff::default();
        assert_eq!(backoff.decayed(5, Duration::from_secs(59)), 5);
        assert_eq!(backoff.decayed(5, Duration::from_secs(120)), 3);
        assert_eq!(backoff.decayed(5, Duration::MAX), 0);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_zero_and_never_above_the_cap(level in 0u32..200, roll in 0.0f64..1.0, full: bool) {
            let jitter = if full { Jitter::Full } else { Jitter::Equal };
            let backoff = Backoff { jitter, ..Backoff::default() };
            let wait = backoff.wait(level, roll);
            let floor = if full { backoff.base(level) / 101 } else { backoff.base(level) / 2 };
            prop_assert!(wait >= floor && wait <= backoff.max);
        }
    }
}
