//! What a reload changed, told line by line: whoever weakens a protection leaves a trace.

use tracing::{info, warn};

use super::level::LevelRule;
use super::origin::Origin;

/// Ends of the paths of keys whose change can switch a protection off.
const GRAVE: &[&str] = &["gate.mode", ".criticality", ".evidence", ".breaker.mode"];

/// Tells every value that is another one than before: the old, the new, and where that is from.
pub(super) fn tell(before: &[Origin], now: &[Origin]) {
    for origin in now {
        let then = before.iter().find(|then| then.path == origin.path);
        let old = then.map_or("inherited", |then| &*then.value);
        if then.is_none_or(|then| then.value != origin.value) {
            let Origin { value, source, .. } = origin;
            line(&origin.path, &format!("{old} -> {value} ({source})"));
        }
    }
    // Keys and roles are listed for as long as something is said of them.
    for then in before {
        if now.iter().all(|origin| origin.path != then.path) {
            line(&then.path, &format!("{} -> inherited", then.value));
        }
    }
}

/// Tells that the levels of degradation are others.
pub(super) fn tell_levels(before: Option<&[LevelRule]>, now: Option<&[LevelRule]>) {
    if before != now {
        let names = |levels: Option<&[LevelRule]>| match levels {
            None => "those of the code".to_owned(),
            Some(levels) => {
                let names: Vec<&str> = levels.iter().map(|rule| &*rule.name).collect();
                format!("{names:?}")
            }
        };
        let change = format!("{} -> {}", names(before), names(now));
        line("degradation.levels", &change);
    }
}

fn line(path: &str, change: &str) {
    if GRAVE.iter().any(|end| path.ends_with(end)) {
        warn!(target: "health_runtime::config", "{path}: {change}");
    } else {
        info!(target: "health_runtime::config", "{path}: {change}");
    }
}
