//! Whether a call is tried again, and when.
//!
//! It is, while all of this holds: the attempt failed, and trying again may help; there are attempts
//! left; no breaker has changed since the call was admitted; the wait ends before the time of the
//! call around it does; and the budget of every dependency has a token.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, warn};

use super::extra::Progress;
use super::{Call, Care, Places, Stage, journal};
use crate::backoff::Backoff;
use crate::circuit::Circuit;
use crate::tally::Event;

/// The longest wait that a dependency may ask a call to make between two attempts where its attempts
/// have no limit of their own: who wants to be left alone for longer gets no retry.
const LONGEST_WISH: Duration = Duration::from_secs(30);

/// What an annotation says of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// The first and the longest wait between them; `None` leaves both to the policy.
    pub backoff: Option<(Duration, Duration)>,
}

impl Retries {
    /// One attempt.
    pub const NONE: Self = Self {
        attempts: 1,
        backoff: None,
    };
}

/// The wait between two attempts. Gives whether the next one may begin.
#[must_use = "futures do nothing unless awaited"]
pub struct Pause<'a, P: Places> {
    call: &'a mut Call<P>,
    has_asked_again: bool,
}

impl<P: Places> fmt::Debug for Pause<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pause").finish_non_exhaustive()
    }
}

impl<P: Places> Future for Pause<'_, P> {
    type Output = bool;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        let Self {
            call,
            has_asked_again,
        } = self.get_mut();
        let Some(extra) = call.extra.as_mut() else {
            return Poll::Ready(false);
        };
        if !extra.as_mut().poll_timer(cx) {
            let limit = journal::deadline();
            if limit.is_some_and(|limit| extra.deadline.is_some_and(|ends| ends >= limit)) {
                return Poll::Ready(false);
            }
            // A call around this one starts its timer when it waits for the first time, which may be
            // for this: then its limit is known at the next poll.
            if limit.is_none() && !std::mem::replace(has_asked_again, true) {
                cx.waker().wake_by_ref();
            }
            journal::note_waiting(call.address());
            return Poll::Pending;
        }
        extra.as_mut().stop_timer();
        // A breaker that has opened meanwhile ends the retries.
        Poll::Ready(call.is_still_admitted())
    }
}

impl<P: Places> Call<P> {
    /// Notes the first attempt of a call that may be tried again, for the budget.
    pub(crate) fn deposit(&self) {
        self.each_dependency(|circuit| circuit.retries().deposit());
    }

    /// Prepares for an attempt.
    pub(super) fn begin_attempt(&mut self) {
        // How the last attempt ended is kept: it counts if this one is dropped.
        if self.rare().is_none_or(|rare| rare.attempts == 0) {
            return;
        }
        let started = self.start();
        let rare = self.rare_mut();
        rare.started = started;
        // It meets the next fault, or none.
        rare.fault = None;
        if rare.progress == Progress::Running {
            rare.progress = Progress::Again;
        }
        if self.care == Care::Injected {
            self.care = Care::Special;
        }
    }

    /// Decides, after an attempt whose body has been dropped, whether there is to be another one:
    /// then gives the wait before it.
    pub(crate) fn next_attempt(&mut self, own: Retries) -> Option<Pause<'_, P>> {
        self.take_in_timeout();
        if self.stage == Stage::Outside {
            return None;
        }
        let rare = self.rare_mut();
        rare.attempts += 1;
        let done = rare.attempts;
        let ending = rare.ending.as_ref()?;
        if !ending.is_transient() {
            return None;
        }
        let asked = ending.retry_after();
        if done >= self.attempts(own) || !self.is_still_admitted() {
            return None;
        }
        let wait = self.pause(own, done, asked)?;
        if journal::deadline().is_some_and(|deadline| Instant::now() + wait >= deadline) {
            return None;
        }
        self.extra().start_timer(Instant::now() + wait).ok()?;
        if !self.withdraw() {
            self.extra().stop_timer();
            return None;
        }
        self.each_dependency(|circuit| {
            debug!(
                target: "health_runtime::retry",
                dependency = %circuit.name(),
                attempt = done + 1,
                wait_ms = wait.as_millis() as u64,
                "trying again",
            );
        });
        Some(Pause {
            call: self,
            has_asked_again: false,
        })
    }

    /// Settles how the call ended, once its last attempt has. Returns whether it failed.
    pub(crate) fn settle(&mut self) -> Failed {
        self.take_in_timeout();
        // An attempt that succeeded, or was refused, has been settled; the one before it has not
        // been forgotten yet.
        let is_open = self.stage != Stage::Outside;
        let ending = self.take_ending().filter(|_| is_open);
        let failed = match &ending {
            Some(ending) if ending.needs_fallback() => Failed::Yes,
            _ => Failed::No,
        };
        self.stage = Stage::Outside;
        if let Some(ending) = ending {
            self.end(ending);
        }
        // What it holds is given back before a fallback runs, and nobody waits for it any more.
        drop(self.extra.take());
        journal::note_gone(self.address());
        failed
    }

    /// How often the call is tried in all.
    fn attempts(&self, own: Retries) -> u32 {
        let mut fewest: Option<u32> = None;
        self.each_narrowest(|circuit| {
            let attempts = circuit.policy().overrides.attempts.unwrap_or(own.attempts);
            fewest = Some(fewest.map_or(attempts, |fewest| fewest.min(attempts)));
        });
        fewest.unwrap_or(own.attempts)
    }

    /// How long to wait before the attempt after the first `done` ones; `None` when the dependency
    /// asks for more patience than a call has.
    fn pause(&self, own: Retries, done: u32, asked: Option<Duration>) -> Option<Duration> {
        let mut longest = Duration::ZERO;
        self.each_narrowest(|circuit| {
            let policy = circuit.policy();
            let backoff = match (&policy.overrides.backoff, own.backoff) {
                (Some(overriding), _) => overriding.clone(),
                (None, Some((initial, max))) => Backoff {
                    initial,
                    max,
                    ..policy.retry.backoff.clone()
                },
                (None, None) => policy.retry.backoff.clone(),
            };
            longest = longest.max(backoff.wait(done - 1, circuit.context().roll()));
        });
        let patience = self.limit().map_or(LONGEST_WISH, |limit| limit.after);
        match asked {
            Some(asked) if asked > patience.max(longest) => None,
            Some(asked) => Some(longest.max(asked)),
            None => Some(longest),
        }
    }

    /// Takes a token of every dependency, or none.
    fn withdraw(&self) -> bool {
        let mut refused = false;
        self.each_dependency(|circuit| {
            let now = circuit.context().now();
            if let Some(budget) = circuit.policy().retry.budget
                && !circuit.retries().has_token(budget, now)
            {
                refused = true;
                let tally = circuit.context().tally();
                tally.note(circuit.name(), Event::RetryRefused);
                if circuit.retries().note_refused(now) {
                    warn!(
                        target: "health_runtime::retry",
                        dependency = %circuit.name(),
                        "the retry budget of {} is spent: calls fail with their last error",
                        circuit.name(),
                    );
                }
            }
        });
        if refused {
            return false;
        }
        self.each_dependency(|circuit| {
            if let Some(budget) = circuit.policy().retry.budget {
                // Another caller may have been faster since the look.
                refused |= !circuit.retries().withdraw(budget, circuit.context().now());
            }
        });
        !refused
    }

    /// Every dependency of the call, once.
    fn each_dependency(&self, mut each: impl FnMut(&Circuit)) {
        self.show(&mut |places| {
            for (index, (circuit, _)) in places.iter().enumerate() {
                let mut earlier = places[..index].iter();
                let is_repeat = earlier.any(|(known, _)| known.id() == circuit.id());
                if circuit.part().is_none() && !is_repeat {
                    each(circuit);
                }
            }
        });
    }

    /// For each dependency, the narrowest place of the call in it.
    pub(super) fn each_narrowest(&self, mut each: impl FnMut(&Circuit)) {
        self.show(&mut |places| {
            for (index, (circuit, _)) in places.iter().enumerate() {
                let mut narrower = places[index + 1..].iter();
                if !narrower.any(|(other, _)| other.name() == circuit.name()) {
                    each(circuit);
                }
            }
        });
    }
}

/// Whether a call failed, so that its fallback is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failed {
    Yes,
    No,
}
