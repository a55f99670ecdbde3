//! The attributes, given tokens.
//!
//! An input is text: the arguments, a line `---`, the item. `NONE(..)` stands for the invisible group
//! that `macro_rules!` puts around what it passes on, which text has no way to write.

pub mod both;
pub mod destructive;
pub mod guarded;
pub mod probe;
pub mod small;
pub mod surface;
pub mod units;

mod case;
mod expansion;
mod mutate;
mod vocabulary;

pub use self::case::is_case;
pub use self::mutate::mutate;
pub use self::vocabulary::words;
