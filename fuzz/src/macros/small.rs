//! `#[harmless]` and `#[health_runtime::test]` with any arguments on any item.

use health_macros_linked::Attribute;

use super::case::Case;
use super::expansion::{check, errors};

/// See [`macros`](super) for the form of an input.
pub fn run(input: &[u8]) {
    let Some(case) = Case::read(input) else {
        return;
    };
    drop(check(Attribute::Test, &case));
    let expanded = check(Attribute::Harmless, &case);
    if errors(&expanded).is_empty() {
        let args = case.args.to_string();
        assert!(args.contains("reason"), "harmless without a reason: {args}");
    }
}
