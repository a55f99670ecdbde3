//! Inputs of the corpora, changed at random: the same changes in every run, so that whoever changes
//! something else is not held up by what nobody knew before. `FUZZ_SEED=7 FUZZ_ROUNDS=100000` asks for
//! others, and more of them; what reaches further is the fuzzer (`scripts/fuzz`).

use std::fs;
use std::path::Path;

use health_fuzz::random::Dice;
use health_fuzz::{TARGETS, macros, target};

/// Changed inputs of each target: seconds, unoptimised.
const ROUNDS: usize = 250;
/// Changes of one input, at most.
const CHANGES: usize = 4;

fn asked<T: std::str::FromStr>(variable: &str, otherwise: T) -> T {
    let Ok(text) = std::env::var(variable) else {
        return otherwise;
    };
    text.parse()
        .unwrap_or_else(|_| panic!("{variable}: `{text}` is no number"))
}

fn fuzz(name: &str) {
    let seed: u64 = asked("FUZZ_SEED", 1);
    let rounds = asked("FUZZ_ROUNDS", ROUNDS);
    let inputs = corpus(name);
    let words = words(name);
    let mut dice = Dice::new(seed);
    let mut changed = 0;
    for _ in 0..rounds {
        let start = dice.pick(&inputs).clone();
        let input = if name.starts_with("macro_") {
            tokens(&start, &mut dice)
        } else {
            bytes(start.clone(), &inputs, &words, &mut dice)
        };
        changed += usize::from(input != start);
        let run = std::panic::catch_unwind(|| target(name)(&input));
        assert!(
            run.is_ok(),
            "{name} fails (FUZZ_SEED={seed}) on\n{}",
            input.escape_ascii()
        );
    }
    // Else the changes are none, and this proves no more than the replay.
    assert!(changed * 10 > rounds * 8, "{changed} of {rounds}");
}

fn tokens(start: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut input = start.to_vec();
    for _ in 0..=dice.below(CHANGES) {
        input = macros::mutate(&input, 2048, dice.draw() as u32).unwrap_or(input);
    }
    input
}

fn bytes(start: Vec<u8>, inputs: &[Vec<u8>], words: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = start;
    for _ in 0..=dice.below(CHANGES) {
        let at = dice.below(input.len() + 1);
        let until = at + dice.below((input.len() - at).min(16) + 1);
        match dice.below(6) {
            0 => drop(input.drain(at..until)),
            1 => input.insert(at, dice.byte()),
            2 if at < input.len() => input[at] ^= 1 << dice.below(8),
            3 => {
                let piece = input[at..until].to_vec();
                input.splice(at..at, piece);
            }
            4 if !words.is_empty() => {
                input.splice(at..until, dice.pick(words).clone());
            }
            _ => {
                let other = dice.pick(inputs);
                input.truncate(at);
                input.extend_from_slice(&other[dice.below(other.len() + 1)..]);
            }
        }
    }
    input.truncate(6000);
    input
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The words of the dictionary of a target, if it has one: quoted, with `\xNN` and escaped quotes.
fn words(name: &str) -> Vec<Vec<u8>> {
    let family = name.split('_').next().unwrap_or(name);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("dictionaries/{family}.dict"));
    let Ok(text) = fs::read_to_string(path) else {
        return Vec::new();
    };
    let quoted = text
        .lines()
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    quoted.map(unescaped).collect()
}

fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let hex = after.strip_prefix('x').and_then(|after| after.get(..2));
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &after[3..];
        } else {
            bytes.extend(after.bytes().take(1));
            rest = &after[after.len().min(1)..];
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

macro_rules! targets {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            fuzz(stringify!($name));
        }
    )*

        #[test]
        fn every_target_is_fuzzed() {
            let fuzzed = [$(stringify!($name)),*];
            let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(known, fuzzed);
        }
    };
}

targets! {
    config_environment config_toml config_value config_yaml host_key lab_api lab_resp
    macro_both macro_destructive macro_guarded macro_probe macro_small macro_surface macro_units
    probe_line probe_run_id retry_after
}
