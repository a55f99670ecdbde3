//! Every annotated function that is linked into this program.
//!
//! An attribute that vanishes in a refactoring takes its protection with it, and nothing else
//! changes. So pin the list of destructive operations in a file that is committed:
//!
//! ```no_run
//! #[test]
//! fn no_destructive_operation_loses_its_gate() {
//!     health_runtime::inventory::assert_matches("tests/destructive-operations.txt");
//! }
//! # fn main() {}
//! ```

use std::fmt::Write as _;
use std::path::Path;

use crate::annotate::{ProbeSite, Registration};
pub use crate::annotate::{SiteInfo, SiteKind};

/// The environment variable that makes [`assert_matches`] write the file instead.
const BLESS: &str = "HEALTH_RUNTIME_BLESS";

/// Returns every annotated function of this program, sorted by module and name.
#[must_use]
pub fn sites() -> Vec<&'static SiteInfo> {
    let mut all: Vec<_> = registrations().map(Registration::info).collect();
    all.sort_by_key(|site| (site.module, site.name, site.kind, site.line));
    all
}

fn registrations() -> impl Iterator<Item = Registration> {
    ::inventory::iter::<Registration>.into_iter().copied()
}

pub(crate) fn call_sites() -> Vec<&'static SiteInfo> {
    sites()
        .into_iter()
        .filter(|site| site.kind != SiteKind::Probe)
        .collect()
}

pub(crate) fn probe_sites() -> Vec<&'static ProbeSite> {
    let probe = |registration| match registration {
        Registration::Probe(site) => Some(site),
        Registration::Call(_) => None,
    };
    let mut all: Vec<_> = registrations().filter_map(probe).collect();
    all.sort_by_key(|site| (site.info().module, site.info().name));
    all
}

/// Asserts that the destructive operations of this program are those in a committed file.
///
/// The file has one line per operation: its path, and the arguments of its attribute. Lines of code
/// may move; operations may not come or go unseen. A relative path starts at the working directory,
/// which for `cargo test` is the root of the package.
///
/// Run the test with `HEALTH_RUNTIME_BLESS=1` to write the file, and read the difference before you
/// commit it.
///
/// # Panics
///
/// When the lists differ, with the difference; when the file cannot be read or written.
#[track_caller]
#[expect(clippy::panic, reason = "an assertion for tests")]
pub fn assert_matches(path: impl AsRef<Path>) {
    let path = path.as_ref();
    let found = listing();
    if std::env::var_os(BLESS).is_some_and(|value| !value.is_empty() && value != "0") {
        if let Err(error) = std::fs::write(path, found) {
            panic!("cannot write {}: {error}", path.display());
        }
        return;
    }
    let committed = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => panic!(
            "cannot read {}: {error}; run the test with {BLESS}=1 to write it",
            path.display()
        ),
    };
    if let Some(difference) = difference(&committed, &found) {
        panic!(
            "the destructive operations of this program are not those in {}:\n{difference}\
             If that is meant, run the test with {BLESS}=1 and commit the file.",
            path.display()
        );
    }
}

const HEADER: &str = "\
# Every #[destructive] function of this program, with the arguments of its attribute.
# Checked by health_runtime::inventory::assert_matches. A line that vanishes is a function
# that may destroy without being asked.
";

fn listing() -> String {
    let mut text = HEADER.to_owned();
    for site in sites()
        .into_iter()
        .filter(|site| site.kind == SiteKind::Destructive)
    {
        text.push_str(&line(site));
        text.push('\n');
    }
    text
}

fn line(site: &SiteInfo) -> String {
    let mut arguments = Vec::new();
    if !site.deps.is_empty() {
        arguments.push(format!("deps = {:?}", site.deps));
    }
    if !site.arguments().is_empty() {
        arguments.push(site.arguments().to_owned());
    }
    let mut text = format!("{}::{}", site.module, site.name);
    if !arguments.is_empty() {
        let _ = write!(text, "({})", arguments.join(", "));
    }
    text
}

/// Returns the lines that are only in one of the two, or `None` when there are none.
fn difference(committed: &str, found: &str) -> Option<String> {
    let operations = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect()
    };
    let (committed, found) = (operations(committed), operations(found));
    let mut text = String::new();
    for line in committed.iter().filter(|line| !found.contains(line)) {
        let _ = writeln!(
            text,
            "  - {line}   (in the file, and nowhere in the program)"
        );
    }
    for line in found.iter().filter(|line| !committed.contains(line)) {
        let _ = writeln!(text, "  + {line}   (in the program, and not in the file)");
    }
    if text.is_empty() && committed.len() != found.len() {
        text.push_str("  the same operations, but not equally often\n");
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotate::SiteOptions;

    #[test]
    fn a_vanished_operation_and_a_new_one_are_both_told() {
        let told = difference("# head\na::close\na::purge\n", "a::purge\nb::wipe\n").unwrap();
        assert!(told.contains("- a::close"), "{told}");
        assert!(told.contains("+ b::wipe"), "{told}");
        assert!(!told.contains("a::purge"), "{told}");
    }

    #[test]
    fn order_and_comments_do_not_matter() {
        assert_eq!(difference("b\na\n\n# note\n", "a\nb\n"), None);
    }

    #[test]
    fn a_line_shows_what_the_attribute_says() {
        let site = SiteInfo::new(
            SiteKind::Destructive,
            "close_session",
            "app::sessions",
            ("src/sessions.rs", 3),
            &["s3"],
        );
        let site = site.with(const { &SiteOptions::said("bypass = user_confirmed") });
        assert_eq!(
            line(&site),
            r#"app::sessions::close_session(deps = ["s3"], bypass = user_confirmed)"#
        );
    }
}
