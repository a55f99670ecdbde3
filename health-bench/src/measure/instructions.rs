//! What valgrind counts: instructions repeat exactly, whatever the machine does.
//!
//! The program runs itself under `callgrind`, all cases in one process. Only what runs in
//! [`watched`] is counted, and each return from it writes the count down: first of some calls of a
//! case, then of more, so that what a run costs apart from its calls falls out.

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::case::Case;

/// The hidden argument of the run under valgrind.
const ARGUMENT: &str = "--under-valgrind";

const FEW: u64 = 200;
const MANY: u64 = 1_200;

/// Instructions per call of every case, in the order of the cases.
///
/// # Errors
///
/// That valgrind is not installed, or what went wrong with it.
pub(crate) fn count(cases: usize) -> Result<Vec<f64>, String> {
    let installed = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !installed.is_ok_and(|status| status.success()) {
        return Err("valgrind is not installed (`apt-get install valgrind`)".to_owned());
    }
    let directory = env::temp_dir().join(format!("health-bench-{}", std::process::id()));
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    let counts = run(&directory);
    // Nothing is lost with files that stay behind in a temporary directory.
    fs::remove_dir_all(&directory).unwrap_or_default();
    let counts = counts?;
    if counts.len() != 2 * cases {
        let found = counts.len();
        return Err(format!(
            "valgrind wrote {found} counts for {cases} cases, two were expected for each"
        ));
    }
    let per_call = counts
        .chunks_exact(2)
        .map(|counts| (counts[1] as f64 - counts[0] as f64) / (MANY - FEW) as f64);
    Ok(per_call.collect())
}

/// Runs this program under valgrind. Returns what each return from [`watched`] wrote down.
fn run(directory: &Path) -> Result<Vec<u64>, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let watched = concat!(module_path!(), "::watched");
    let out = directory.join("counts");
    let ended = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--toggle-collect={watched}"))
        .arg(format!("--dump-after={watched}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .arg(ARGUMENT)
        .output()
        .map_err(|error| error.to_string())?;
    if !ended.status.success() {
        return Err(format!(
            "the run under valgrind failed: {}",
            String::from_utf8_lossy(&ended.stderr)
        ));
    }
    (1..)
        .map(|part| directory.join(format!("counts.{part}")))
        .take_while(|file| file.exists())
        .map(|file| {
            let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
            total(&text).ok_or_else(|| "a count of valgrind has no total".to_owned())
        })
        .collect()
}

/// The instructions of one dump.
fn total(dump: &str) -> Option<u64> {
    let mut totals = dump.lines().filter_map(|line| {
        let total = line
            .strip_prefix("totals:")
            .or(line.strip_prefix("summary:"));
        total?.trim().parse().ok()
    });
    totals.next_back()
}

/// What the run under valgrind does with each case: first a few calls, then many.
pub(crate) fn run_counted(case: &Case) {
    // Whatever only the first calls do, and only the first call with each key.
    (case.run)(MANY);
    black_box(watched(case, FEW));
    black_box(watched(case, MANY));
}

/// What valgrind looks for by its name. Something is left to do after the call, as a function that
/// ends in a jump is not seen to return.
#[inline(never)]
fn watched(case: &Case, count: u64) -> u64 {
    (case.run)(black_box(count));
    black_box(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_a_dump_is_read() {
        let dump = "# callgrind format\nsummary: 12\n\nfn=(1) x\n3 12\ntotals: 12\n";
        assert_eq!(total(dump), Some(12));
    }

    #[test]
    fn a_dump_without_a_total_has_none() {
        assert_eq!(total("# callgrind format\n"), None);
    }
}
