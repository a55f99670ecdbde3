//! Tells changes of the level to people, each once.

use std::fmt;

use tracing::info;

use super::level::DegradationLevel;

/// Tells a change. Never called under a lock: subscribers are user code.
pub(super) fn tell(from: &DegradationLevel, to: &DegradationLevel, no_longer: &[&str]) {
    let rises = to.level > from.level;
    let because = if rises { &*to.because } else { no_longer };
    let because = Listed(because);
    let text = Text {
        from,
        to,
        because: &because,
        rises,
    };
    info!(
        target: "health_runtime::degradation",
        from = from.level,
        to = to.level,
        %because,
        "{text}",
    );
}

/// Names with commas between them.
struct Listed<'a>(&'a [&'a str]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

struct Text<'a> {
    from: &'a DegradationLevel,
    to: &'a DegradationLevel,
    because: &'a Listed<'a>,
    rises: bool,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            from,
            to,
            because,
            rises,
        } = self;
        match (rises, because.0) {
            (true, _) => write!(
                f,
                "degradation rises to {to} from {from}, because of {because}"
            ),
            // Its rule is another one now, or gone.
            (false, []) => write!(f, "degradation falls to {to} from {from}"),
            // Not "recovered": where no probe runs, all that is known is that a call may try again.
            (false, _) => write!(
                f,
                "degradation falls to {to} from {from}, no longer because of {because}"
            ),
        }
    }
}
