//! Every committed input once, on every target: those that were found interesting, and those that
//! failed at some time. Without a fuzzer, so that it runs wherever tests do.

use std::fs;
use std::path::{Path, PathBuf};

use health_fuzz::{TARGETS, target};

/// Runs a target on the inputs of a folder; returns how many there are.
fn replay(folder: &str, name: &str) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(name);
    let inputs = files(&folder);
    for path in &inputs {
        let input = fs::read(path).unwrap();
        let run = std::panic::catch_unwind(|| target(name)(&input));
        assert!(run.is_ok(), "{} fails", path.display());
    }
    inputs.len()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

macro_rules! targets {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let name = stringify!($name);
            assert!(replay("corpus", name) >= 3, "the corpus of {name} is gone");
            replay("regressions", name);
        }
    )*

        #[test]
        fn every_target_is_replayed() {
            let replayed = [$(stringify!($name)),*];
            let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(known, replayed);
        }
    };
}

targets! {
    config_environment config_toml config_value config_yaml host_key lab_api lab_resp
    macro_both macro_destructive macro_guarded macro_probe macro_small macro_surface macro_units
    probe_line probe_run_id retry_after
}

#[test]
fn every_target_has_its_binary() {
    let binaries = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets"));
    let binaries: Vec<String> = binaries
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(binaries, known);
}

#[test]
fn every_folder_of_inputs_is_that_of_a_target() {
    for folder in ["corpus", "regressions"] {
        for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_known = TARGETS.iter().any(|(known, _)| *known == name);
            assert!(is_known || name == "README.md", "{}", path.display());
        }
    }
}
