//! A level as users see it, and how they name one.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::config::Levels;
use crate::name::nearest;

/// The name of level 0.
pub(super) const NORMAL: &str = "normal";

/// How far a service is from normal, at one moment. Cheap to clone.
///
/// # Examples
///
/// ```
/// use health_runtime::HealthRegistry;
///
/// let level = HealthRegistry::new().degradation();
/// assert_eq!(level.to_string(), "level 0 (normal)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DegradationLevel {
    /// Its number: 0 is normal, higher is worse.
    pub level: u32,
    /// Its name: `normal`, or what the application calls it.
    pub name: &'static str,
    /// Since when, on the clock of the registry.
    pub since: Instant,
    /// The dependencies that make its rule hold; empty at level 0.
    pub because: Arc<[&'static str]>,
}

impl DegradationLevel {
    pub(super) fn normal(since: Instant) -> Self {
        Self {
            level: 0,
            name: NORMAL,
            since,
            because: Arc::new([]),
        }
    }

    /// Whether everything is normal: no rule holds.
    #[must_use]
    pub const fn is_normal(&self) -> bool {
        self.level == 0
    }
}

impl fmt::Display for DegradationLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "level {} ({})", self.level, self.name)
    }
}

/// A level of degradation, by its name or its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LevelRef<'a> {
    /// By its name.
    Name(&'a str),
    /// By its number; 0 is normal.
    Number(u32),
}

impl<'a> From<&'a str> for LevelRef<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

impl<'a> From<&'a String> for LevelRef<'a> {
    fn from(name: &'a String) -> Self {
        Self::Name(name)
    }
}

impl From<u32> for LevelRef<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl LevelRef<'_> {
    /// Returns the number of the level.
    pub(super) fn number_in(self, levels: &Levels) -> Result<u32, UnknownLevel> {
        let number = match self {
            Self::Name(NORMAL) => Some(0),
            Self::Name(wanted) => levels
                .numbered()
                .find(|(_, level)| level.name.as_str() == wanted)
                .map(|(number, _)| number),
            Self::Number(wanted) => (wanted <= levels.highest()).then_some(wanted),
        };
        number.ok_or_else(|| UnknownLevel::new(self, levels))
    }
}

/// There is no level of degradation of this name or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLevel {
    wanted: Box<str>,
    hint: Hint,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hint {
    Nearest(&'static str),
    Highest(u32),
    NoLevels,
}

impl UnknownLevel {
    fn new(wanted: LevelRef<'_>, levels: &Levels) -> Self {
        let names = levels.numbered().map(|(_, level)| level.name.as_str());
        let highest = Hint::Highest(levels.highest());
        let (wanted, hint) = match wanted {
            LevelRef::Name(name) => {
                let nearest = nearest(name, names.chain([NORMAL]));
                (format!("`{name}`"), nearest.map_or(highest, Hint::Nearest))
            }
            LevelRef::Number(number) => (number.to_string(), highest),
        };
        Self {
            wanted: wanted.into(),
            hint: if levels.is_empty() {
                Hint::NoLevels
            } else {
                hint
            },
        }
    }
}

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown degradation level {}", self.wanted)?;
        match self.hint {
            Hint::Nearest(name) => write!(f, "; did you mean `{name}`?"),
            Hint::Highest(highest) => write!(f, "; the highest one is {highest}"),
            Hint::NoLevels => f.write_str("; add `.degradation(Levels::new()...)` to the builder"),
        }
    }
}

impl std::error::Error for UnknownLevel {}

#[cfg(feature = "serde")]
mod ser {
    use serde::ser::{Serialize, SerializeStruct, Serializer};

    use super::DegradationLevel;

    impl Serialize for DegradationLevel {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            // Without `since`, which is on a clock that no other process has.
            let mut record = serializer.serialize_struct("DegradationLevel", 3)?;
            record.serialize_field("level", &self.level)?;
            record.serialize_field("name", self.name)?;
            record.serialize_field("because", &*self.because)?;
            record.end()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::degradation::Rule;

    fn levels() -> Levels {
        Levels::new()
            .level("search degraded", Rule::any(["exa_api"]))
            .level("memory degraded", Rule::any(["qdrant"]))
    }

    #[test]
    fn a_level_is_found_by_its_name_and_by_its_number() {
        let number = |level: LevelRef<'_>| level.number_in(&levels());
        assert_eq!(number("normal".into()), Ok(0));
        assert_eq!(number("memory degraded".into()), Ok(2));
        assert_eq!(number(0.into()), Ok(0));
        assert_eq!(number(2.into()), Ok(2));
    }

    #[test]
    fn a_level_that_does_not_exist_is_an_error_that_says_what_does() {
        let text =
            |level: LevelRef<'_>, levels: &Levels| level.number_in(levels).unwrap_err().to_string();
        assert_eq!(
            text("serch degraded".into(), &levels()),
            "unknown degradation level `serch degraded`; did you mean `search degraded`?"
        );
        assert_eq!(
            text("on fire".into(), &levels()),
            "unknown degradation level `on fire`; the highest one is 2"
        );
        assert_eq!(
            text(3.into(), &levels()),
            "unknown degradation level 3; the highest one is 2"
        );
        assert_eq!(
            text("search".into(), &Levels::new()),
            "unknown degradation level `search`; add `.degradation(Levels::new()...)` to the builder"
        );
    }
}
