//! What is fuzzed: one module a target, each a property of what some parser does with any input.
//!
//! A target is a function of bytes that panics where the property does not hold. `fuzz_targets/` hands
//! it to libFuzzer; `tests/replay.rs` runs it over the committed inputs, without any fuzzer.
//!
//! | module | what is fed |
//! |---|---|
//! | [`macros`] | the attributes: arguments and items as tokens |
//! | [`config`] | configuration: files, environment, single values |
//! | [`probe`] | what peers say to probes, and to callers |
//! | [`keys`] | hosts as keys |
//! | [`lab`] | the servers and the command line of the demo |
#![forbid(unsafe_code)]

pub mod config;
pub mod keys;
pub mod lab;
pub mod macros;
pub mod probe;

mod pieces;
// What the servers of the demo use, under the paths that they have there.
#[allow(dead_code, reason = "nobody listens here")]
#[path = "../../src/lines.rs"]
mod lines;
#[allow(dead_code, reason = "the names of its servers are given here")]
#[path = "../../src/random.rs"]
pub mod random;

/// A property of what happens to any input.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its binary and of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("config_environment", config::environment::run),
    ("config_toml", config::toml::run),
    ("config_value", config::value::run),
    ("config_yaml", config::yaml::run),
    ("host_key", keys::run),
    ("lab_api", lab::api::run),
    ("lab_resp", lab::resp::run),
    ("macro_both", macros::both::run),
    ("macro_destructive", macros::destructive::run),
    ("macro_guarded", macros::guarded::run),
    ("macro_probe", macros::probe::run),
    ("macro_small", macros::small::run),
    ("macro_surface", macros::surface::run),
    ("macro_units", macros::units::run),
    ("probe_line", probe::line::run),
    ("probe_run_id", probe::run_id::run),
    ("retry_after", probe::retry_after::run),
];

/// The target of this name.
///
/// # Panics
///
/// If there is none.
pub fn target(name: &str) -> Target {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no target `{name}`")).1
}

/// Text before a line that says `---`, and what follows it, if there is such a line.
fn parts(text: &str) -> (&str, Option<&str>) {
    if let Some(rest) = text.strip_prefix("---\n") {
        return ("", Some(rest));
    }
    match text.split_once("\n---\n") {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// The binary of a target: with libFuzzer, or without it a program that runs the files it is given.
#[macro_export]
macro_rules! bytes {
    ($name:literal) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::target($name)(input));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            $crate::run_files($name)
        }
    };
}

/// The same for a target whose inputs are tokens, which are changed as such most of the time.
#[macro_export]
macro_rules! tokens {
    ($name:literal) => {
        $crate::bytes!($name);

        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            let mutated = match seed % 8 {
                0 => None,
                _ => $crate::macros::mutate(&data[..size], max_size, seed),
            };
            match mutated {
                Some(bytes) => {
                    data[..bytes.len()].copy_from_slice(&bytes);
                    bytes.len()
                }
                None => libfuzzer_sys::fuzzer_mutate(data, size, max_size),
            }
        });
    };
}

/// Runs a target on the files that the command line names.
///
/// # Errors
///
/// If one cannot be read.
pub fn run_files(name: &str) -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        target(name)(&std::fs::read(&path)?);
        println!("{name} holds on {}", std::path::Path::new(&path).display());
    }
    Ok(())
}
