//! Any words as the command line of the demo.
//!
//! An input has an argument a line.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use health_runtime::GateMode;

#[allow(dead_code, reason = "the help is printed by the demo")]
#[path = "../../../examples/sessions/args.rs"]
mod args;

/// What is understood can be said again in so many words; what is not, is named.
pub fn run(input: &[u8]) {
    let words: Vec<OsString> = input
        .split(|byte| *byte == b'\n')
        .map(|word| OsStr::from_bytes(word).to_owned())
        .collect();
    match args::parse(words.clone()) {
        Err(message) => {
            let is_named = words
                .iter()
                .any(|word| message.contains(&format!("`{}`", word.to_string_lossy())));
            assert!(is_named || message.ends_with("not ``"), "{message}");
        }
        Ok(args::Command::Help) => {
            let asks = |word: &OsString| word == "-h" || word == "--help";
            assert!(words.iter().any(asks));
        }
        Ok(command @ args::Command::Run { gate, then }) => {
            let known = ["--hold", "--gate", "enforce", "observe", "off"];
            assert!(
                words
                    .iter()
                    .all(|word| known.iter().any(|known| word == known))
            );
            let mode = match gate {
                GateMode::Enforce => "enforce",
                GateMode::Observe => "observe",
                GateMode::Off => "off",
                other => panic!("{other:?} cannot be said"),
            };
            let hold = (then == args::Then::Hold).then_some("--hold");
            let again = ["--gate", mode].into_iter().chain(hold);
            assert_eq!(args::parse(again.map(OsString::from)), Ok(command));
        }
    }
}
