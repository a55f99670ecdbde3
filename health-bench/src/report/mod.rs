//! The tables and the picture. What is written into `docs/` is made here, word for word: nobody edits
//! a figure by hand.
//!
//! - [`calls`]: the tables of calls; [`better`]: what peers do better
//! - [`compiled`]: the table of generated crates
//! - [`limits`]: targets and limits
//! - [`chart`]: the picture
//! - [`table`]: Markdown; [`machine`]: machine and versions

mod better;
pub(crate) mod calls;
pub(crate) mod chart;
pub(crate) mod compiled;
pub(crate) mod limits;
mod machine;
mod table;

use std::fs;
use std::path::PathBuf;

/// Between what `--write` and what `--compile --write` write.
const SEAM: &str = "<!-- from here on: `health-bench --compile --write` -->\n";

/// Writes the tables of calls and the picture, and leaves those of the compiler as they are.
///
/// # Errors
///
/// Which file could not be read or written.
pub(crate) fn write_calls(section: &str, picture: &str) -> Result<(), String> {
    let (_, compiled) = halves()?;
    write("overhead.svg", picture)?;
    write("benchmarks.md", &format!("{section}\n{SEAM}{compiled}"))
}

/// Writes the table of the compiler, and leaves those of calls as they are.
///
/// # Errors
///
/// Which file could not be read or written.
pub(crate) fn write_compiled(section: &str) -> Result<(), String> {
    let (calls, _) = halves()?;
    write("benchmarks.md", &format!("{calls}{SEAM}\n{section}"))
}

/// What was written before, in two halves; both are empty where nothing was.
fn halves() -> Result<(String, String), String> {
    let file = docs().join("benchmarks.md");
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{}: {error}", file.display())),
    };
    Ok(match text.split_once(SEAM) {
        Some((calls, compiled)) => (calls.to_owned(), compiled.to_owned()),
        None => (text, String::new()),
    })
}

fn write(name: &str, text: &str) -> Result<(), String> {
    let file = docs().join(name);
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    eprintln!("wrote docs/{name}");
    Ok(())
}

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs")
}
