//! What a thousand annotated functions cost the compiler, and the program.
//!
//! - [`variant`]: which annotations are compared
//! - [`source`]: the crates that are generated
//! - [`cargo`]: checks and builds them
//!
//! The crates depend on the same packages, which are built before; no network is needed, as the
//! packages are those of this workspace.

mod cargo;
mod source;
mod variant;

use std::time::Duration;

use self::cargo::Workspace;
pub(crate) use self::variant::Variant;
use crate::measure::median;

/// Annotated functions of a crate.
pub(crate) const FUNCTIONS: usize = 1_000;
/// Functions of the crate that its size is compared with.
const FEW: usize = 10;
/// How often each is checked.
const ROUNDS: usize = 5;

/// What came of one variant.
pub(crate) struct Compiled {
    /// Which annotation.
    pub(crate) variant: Variant,
    /// The processor time of `cargo check` for the crate alone.
    pub(crate) check: Duration,
    /// Bytes of the stripped release program per function.
    pub(crate) bytes: f64,
}

/// Generates the crates, and measures them.
///
/// # Errors
///
/// What cargo said, or which file could not be written.
pub(crate) fn measure(say: impl Fn(&str)) -> Result<Vec<Compiled>, String> {
    let workspace = Workspace::create()?;
    say("the packages that all depend on");
    for variant in Variant::ALL {
        workspace.check(variant)?;
    }
    say("cargo check, interleaved");
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); Variant::ALL.len()];
    for _ in 0..ROUNDS {
        for (variant, times) in Variant::ALL.into_iter().zip(&mut times) {
            times.push(workspace.check(variant)?.as_secs_f64());
        }
    }
    let mut compiled = Vec::new();
    for (variant, times) in Variant::ALL.into_iter().zip(times) {
        say(&format!("release build, {}", variant.label()));
        let many = workspace.size(variant, FUNCTIONS)?;
        let few = workspace.size(variant, FEW)?;
        compiled.push(Compiled {
            variant,
            check: Duration::from_secs_f64(median(times).unwrap_or_default()),
            bytes: (many as f64 - few as f64) / (FUNCTIONS - FEW) as f64,
        });
    }
    Ok(compiled)
}
