//! Which part of a dependency a circuit stands for.

use std::hash::{Hash, Hasher};

/// A key, a role, or a role of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Key(&'a str),
    Role(&'a str),
    KeyRole { key: &'a str, role: &'a str },
}

/// How a part is laid out in its text, so that the text is the only copy of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Key,
    Role,
    KeyRole { key_len: u32 },
}

/// What stands before a role for those who read it.
const ROLE: &str = "role ";
/// The same after a key.
const AND_ROLE: &str = ", role ";

impl<'a> Part<'a> {
    /// Returns the part of this key and role; `None` for neither, which is the dependency itself.
    pub(crate) const fn of(key: Option<&'a str>, role: Option<&'a str>) -> Option<Self> {
        match (key, role) {
            (Some(key), Some(role)) => Some(Self::KeyRole { key, role }),
            (Some(key), None) => Some(Self::Key(key)),
            (None, Some(role)) => Some(Self::Role(role)),
            (None, None) => None,
        }
    }

    pub(crate) const fn key(self) -> Option<&'a str> {
        match self {
            Self::Key(key) | Self::KeyRole { key, .. } => Some(key),
            Self::Role(_) => None,
        }
    }

    pub(crate) const fn role(self) -> Option<&'a str> {
        match self {
            Self::Role(role) | Self::KeyRole { role, .. } => Some(role),
            Self::Key(_) => None,
        }
    }

    /// Returns the text that people read, and how to read the part back from it.
    pub(super) fn stored(self) -> (Box<str>, Layout) {
        match self {
            Self::Key(key) => (key.into(), Layout::Key),
            Self::Role(role) => (format!("{ROLE}{role}").into(), Layout::Role),
            Self::KeyRole { key, role } => {
                // The store shortens keys long before a length does not fit.
                let key_len = u32::try_from(key.len()).unwrap_or(u32::MAX);
                let text = format!("{key}{AND_ROLE}{role}");
                (text.into(), Layout::KeyRole { key_len })
            }
        }
    }
}

impl Layout {
    pub(super) fn read(self, text: &str) -> Part<'_> {
        match self {
            Self::Key => Part::Key(text),
            Self::Role => Part::Role(&text[ROLE.len()..]),
            Self::KeyRole { key_len } => {
                let (key, role) = text.split_at(key_len as usize);
                let role = &role[AND_ROLE.len()..];
                Part::KeyRole { key, role }
            }
        }
    }
}

impl Hash for Part<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // One write for a key alone, which every keyed call hashes. No UTF-8 has the bytes that
        // separate and tag the others.
        match self {
            Self::Key(key) => state.write(key.as_bytes()),
            Self::Role(role) => {
                state.write(role.as_bytes());
                state.write_u8(0xfe);
            }
            Self::KeyRole { key, role } => {
                state.write(key.as_bytes());
                state.write_u8(0xff);
                state.write(role.as_bytes());
                state.write_u8(0xff);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_part_is_read_back_from_its_text(key: Option<String>, role: Option<String>) {
            if let Some(part) = Part::of(key.as_deref(), role.as_deref()) {
                let (text, layout) = part.stored();
                prop_assert_eq!(layout.read(&text), part);
                prop_assert_eq!((part.key(), part.role()), (key.as_deref(), role.as_deref()));
            }
        }
    }

    #[test]
    fn a_key_that_reads_like_a_role_is_another_part() {
        let (role, _) = Part::Role("read").stored();
        assert_eq!(&*role, "role read");
        assert_ne!(Part::Key(&role), Part::Role("read"));
        let (both, layout) = Part::KeyRole {
            key: "a",
            role: "b",
        }
        .stored();
        assert_eq!(&*both, "a, role b");
        assert_ne!(layout.read(&both), Part::Key(&both));
    }
}
