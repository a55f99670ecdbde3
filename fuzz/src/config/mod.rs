//! Configuration: files of both languages, the environment, overrides.

pub mod environment;
pub mod toml;
pub mod value;
pub mod yaml;

mod bounds;
mod resolved;
