//! Names that no two processes share.

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
}
