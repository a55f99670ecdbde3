//! Names that no two processes share, and chance that can be had again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// Returns 40 hexadecimal digits, as Redis draws for its `run_id`.
///
/// The standard library seeds its hash maps from the system's randomness once per thread and varies
/// it per map; that is unique enough to tell two runs apart and needs no dependency.
pub(crate) fn run_id() -> String {
    let mut id = String::new();
    while id.len() < 40 {
        id += &format!("{:016x}", RandomState::new().build_hasher().finish());
    }
    id.truncate(40);
    id
}

/// Random numbers that depend on a seed alone: SplitMix64, as Sebastiano Vigna published it (2015).
///
/// For faults that can be had again. Not for anything that somebody must not guess.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Makes one; the same numbers come for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Draws a byte.
    pub const fn byte(&mut self) -> u8 {
        (self.draw() >> 56) as u8
    }

    /// Draws a number in `0.0..1.0`.
    pub const fn share(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Draws a number below `limit`; 0 if there is none.
    pub const fn below(&mut self, limit: usize) -> usize {
        (self.share() * limit as f64) as usize
    }

    /// Draws one of these.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Draws a number of all 64 bits: the seed of other dice, for instance.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_are_forty_digits_and_differ() {
        let (one, other) = (run_id(), run_id());
        assert_eq!(one.len(), 40);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(one, other);
    }

    #[test]
    fn the_same_seed_draws_the_same_numbers_and_shares_stay_below_one() {
        let draw = |seed| {
            let mut dice = Dice::new(seed);
            (0..1000).map(|_| dice.share()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).iter().all(|share| (0.0..1.0).contains(share)));
        let mean = draw(7).iter().sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }
}
