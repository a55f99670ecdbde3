//! Answers that no server in its right mind gives.

use crate::random::Dice;

/// How long random garbage is.
const LENGTH: usize = 64;

/// What a client hears in place of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garbage {
    /// An error, as Redis would write it: `-ERR injected`.
    ErrorAnswer,
    /// The beginning of an answer whose end never comes.
    HalfAnAnswer,
    /// Bytes without a meaning, the same ones for the same seed.
    Bytes {
        /// The seed.
        seed: u64,
    },
}

impl Garbage {
    pub(super) fn bytes(self) -> Vec<u8> {
        match self {
            Self::ErrorAnswer => b"-ERR injected\r\n".to_vec(),
            Self::HalfAnAnswer => b"$100\r\nhalf of".to_vec(),
            Self::Bytes { seed } => {
                let mut dice = Dice::new(seed);
                // No protocol here begins an answer with this byte, so that chance cannot write a
                // word that means something: a server that lies is another fault than this one.
                let mut bytes = vec![0xff];
                bytes.extend((1..LENGTH).map(|_| dice.byte()));
                bytes
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bytes_depend_on_the_seed_alone_and_never_look_like_an_answer() {
        let of = |seed| Garbage::Bytes { seed }.bytes();
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        for seed in 0..100 {
            assert!(!b"+-:$*PAGOE".contains(&of(seed)[0]));
        }
    }
}
