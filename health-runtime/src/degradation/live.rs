//! The present level of a registry, and who hears of it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use super::config::Levels;
use super::evaluate::evaluate;
use super::level::{DegradationLevel, LevelRef, UnknownLevel};
use super::story;
use super::turns::Turns;
use crate::dependency::Directory;
use crate::name::Name;
use crate::state::DependencyState;
use crate::sync::Mutex;

/// The levels of a registry and the present one.
#[derive(Debug)]
pub(crate) struct Degradation {
    levels: Mutex<Arc<Levels>>,
    present: watch::Sender<DegradationLevel>,
    turns: Turns,
}

impl Degradation {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            levels: Mutex::default(),
            present: watch::Sender::new(DegradationLevel::normal(now)),
            turns: Turns::default(),
        }
    }

    /// Puts these levels into force. From now on every change of health is looked at.
    pub(crate) fn configure(self: &Arc<Self>, levels: Levels, directory: &Arc<Directory>) {
        *self.levels.lock() = Arc::new(levels);
        // Weak: the context is what both of them share, and must not keep them alive.
        let degradation = Arc::downgrade(self);
        let watched = Arc::downgrade(directory);
        directory.context().observe(move || {
            if let (Some(degradation), Some(directory)) = (degradation.upgrade(), watched.upgrade())
            {
                degradation.look(&directory);
            }
        });
        self.look(directory);
    }

    /// Looks which level it is, and publishes and tells it if it has changed.
    pub(crate) fn look(&self, directory: &Directory) {
        // Most changes of health change no level, and those must not wait for somebody who has
        // borrowed the present one. Whoever looks under the lock afterwards looks later than this.
        if self.is_right(directory) {
            return;
        }
        let mut change = None;
        // Looks under the lock of what it publishes: of two who look at the same time, the one who
        // publishes last has looked last. Nothing in here changes a dependency, so that nothing in
        // here can be told of a change and look again.
        self.present.send_if_modified(|present| {
            let levels = self.levels();
            let now = directory.context().now();
            let state_of = |name: Name| state_of(directory, name, now);
            let found = evaluate(&levels, &state_of);
            if (found.level, found.name) == (present.level, present.name) {
                present.because = found.because.into();
                return false;
            }
            let next = DegradationLevel {
                level: found.level,
                name: found.name,
                since: now,
                because: found.because.into(),
            };
            let last = std::mem::replace(present, next.clone());
            let no_longer = no_longer(&levels, &last, &state_of);
            change = Some((last, next, no_longer));
            true
        });
        // After the lock: whoever listens to the log is user code.
        if let Some((from, to, no_longer)) = change {
            story::tell(&from, &to, &no_longer);
        }
    }

    fn is_right(&self, directory: &Directory) -> bool {
        let now = directory.context().now();
        let found = evaluate(&self.levels(), &|name| state_of(directory, name, now));
        let present = self.present.borrow();
        (found.level, found.name) == (present.level, present.name)
            && *found.because == *present.because
    }

    pub(crate) fn levels(&self) -> Arc<Levels> {
        Arc::clone(&self.levels.lock())
    }

    pub(crate) fn present(&self) -> DegradationLevel {
        self.present.borrow().clone()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<DegradationLevel> {
        self.present.subscribe()
    }

    /// Who of those that a level sheds was let through when.
    pub(crate) const fn turns(&self) -> &Turns {
        &self.turns
    }

    pub(crate) fn number_of(&self, level: LevelRef<'_>) -> Result<u32, UnknownLevel> {
        level.number_in(&self.levels())
    }
}

/// How a dependency counts. One that nobody has ever called is healthy.
fn state_of(directory: &Directory, name: Name, now: Instant) -> DependencyState {
    let standing = directory
        .get(name.as_str())
        .map(|entry| entry.standing(now));
    match standing {
        None => DependencyState::Healthy,
        // The end of a cooldown is no recovery, nor is a trial on its way: else each cooldown of an
        // outage would lower the level, and each failed trial raise it again.
        Some(standing) if standing.is_out() => DependencyState::Unhealthy,
        Some(standing) => standing.state,
    }
}

/// Which of the reasons for the last level are none any more.
fn no_longer(
    levels: &Levels,
    last: &DegradationLevel,
    state_of: &impl Fn(Name) -> DependencyState,
) -> Vec<&'static str> {
    let mut of_last = levels.numbered().map(|(_, level)| level);
    let Some(level) = of_last.find(|level| level.name.as_str() == last.name) else {
        // The levels themselves have changed.
        return Vec::new();
    };
    let still_bad = level.rule.bad(state_of);
    let reasons = last.because.iter().copied();
    reasons.filter(|name| !still_bad.contains(name)).collect()
}
