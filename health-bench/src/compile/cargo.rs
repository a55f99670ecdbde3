//! Checks and builds the generated crates, in a workspace of their own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use super::{FEW, FUNCTIONS, Variant, source};

/// A temporary workspace; it is gone with this value.
pub(super) struct Workspace(PathBuf);

impl Workspace {
    /// Writes the crates.
    ///
    /// # Errors
    ///
    /// Which file could not be written.
    pub(super) fn create() -> Result<Self, String> {
        let name = format!("health-bench-compile-{}", std::process::id());
        let workspace = Self(env::temp_dir().join(name));
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut members = Vec::new();
        for variant in Variant::ALL {
            for functions in [FUNCTIONS, FEW] {
                let package = package(variant, functions);
                workspace.write(
                    &format!("{package}/Cargo.toml"),
                    &source::manifest(&package),
                )?;
                let program = source::program(variant, functions);
                workspace.write(&program_of(&package), &program)?;
                members.push(package);
            }
        }
        let health_runtime = home.join("health-runtime").display().to_string();
        workspace.write("Cargo.toml", &source::workspace(&members, &health_runtime))?;
        // The same versions, all of which are on this machine: it has built this program with them.
        let lock = fs::read_to_string(home.join("Cargo.lock"));
        let lock = lock.map_err(|error| format!("Cargo.lock: {error}"))?;
        workspace.write("Cargo.lock", &lock)?;
        Ok(workspace)
    }

    /// Checks the crate of a thousand functions anew, and nothing else. Returns the processor time
    /// that it took, which does not grow when others use the machine, or, where that is not to be
    /// had, the time.
    ///
    /// # Errors
    ///
    /// What cargo said.
    pub(super) fn check(&self, variant: Variant) -> Result<Duration, String> {
        let package = package(variant, FUNCTIONS);
        // Written anew, so that cargo sees a change.
        let program = source::program(variant, FUNCTIONS);
        self.write(&program_of(&package), &program)?;
        let start = Instant::now();
        let spent = processor_time();
        self.cargo(&["check", "--package", &package])?;
        let took = spent.zip(processor_time()).map(|(start, end)| end - start);
        Ok(took.unwrap_or_else(|| start.elapsed()))
    }

    /// Builds a release program. Returns its size in bytes, without symbols.
    ///
    /// # Errors
    ///
    /// What cargo said.
    pub(super) fn size(&self, variant: Variant, functions: usize) -> Result<u64, String> {
        let package = package(variant, functions);
        self.cargo(&["build", "--release", "--package", &package])?;
        let program = self.0.join("target/release").join(&package);
        let metadata = fs::metadata(program.with_extension(env::consts::EXE_EXTENSION));
        Ok(metadata
            .map_err(|error| format!("{package}: {error}"))?
            .len())
    }

    fn cargo(&self, arguments: &[&str]) -> Result<(), String> {
        let ended = Command::new("cargo")
            .args(arguments)
            .args(["--offline", "--quiet"])
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", self.0.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS")
            .output()
            .map_err(|error| format!("cargo: {error}"))?;
        if ended.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ended.stderr);
        Err(format!("cargo {}: {said}", arguments.join(" ")))
    }

    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        let file = self.0.join(file);
        let folder = file.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, text))
            .map_err(|error| format!("{}: {error}", file.display()))
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // What stays behind in a temporary directory does no harm.
        fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

/// The processor time of all children that have ended, and of theirs.
fn processor_time() -> Option<Duration> {
    children_of(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// Reads it from a line of `/proc/*/stat`, in which Linux counts hundredths of a second.
fn children_of(stat: &str) -> Option<Duration> {
    // The name of the program stands in parentheses, and may have any character.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(13);
    let user: u64 = ticks.next()?.parse().ok()?;
    let system: u64 = ticks.next()?.parse().ok()?;
    Some(Duration::from_millis(10 * (user + system)))
}

fn package(variant: Variant, functions: usize) -> String {
    format!("{}-{functions}", variant.package())
}

fn program_of(package: &str) -> String {
    format!("{package}/src/main.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_time_of_children_is_read() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 100 200 0 0 5 6 120 30 20 0 1 0";
        assert_eq!(children_of(stat), Some(Duration::from_millis(1_500)));
    }

    #[test]
    fn what_is_no_line_of_the_kernel_says_nothing() {
        assert_eq!(children_of("7 (a"), None);
    }
}
