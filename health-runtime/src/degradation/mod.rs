//! How far the service as a whole is from normal, in the application's own words: named levels, each
//! with a rule over the states of dependencies. The highest level whose rule holds is the present one.
//!
//! - [`rule`]: what a rule says
//! - [`config`]: the levels and their checks
//! - [`evaluate`]: which level it is, pure
//! - [`level`]: a level as users see it, and how they name one
//! - [`live`]: the present level of a registry, and who hears of it
//! - [`story`]: its changes, told to people
//! - [`turns`]: one call now and then of those that a level sheds

mod config;
mod evaluate;
mod level;
mod live;
mod rule;
mod story;
#[cfg(test)]
mod tests;
mod turns;

pub use self::config::Levels;
pub use self::level::{DegradationLevel, LevelRef, UnknownLevel};
pub(crate) use self::live::Degradation;
pub use self::rule::Rule;
pub(crate) use self::turns::Turns;
