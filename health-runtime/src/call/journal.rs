//! What nested calls leave for the calls around them.
//!
//! A guarded call runs inside the poll of the call around it, on the same thread. So each thread
//! counts what its calls recorded, the outer call compares the count before and after it polls its
//! body, and the two need not know each other. A task of its own (`tokio::spawn`) is no nested
//! call.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::time::Instant;

use crate::sync::thread_local;

thread_local! {
    /// Four counters in one word, from the lowest bits on: recorded outcomes, those of them that blamed
    /// somebody, waits, failures.
    static COUNTS: Cell<u64> = const { Cell::new(0) };
    /// The trials whose bodies are being polled on this thread: entry and epoch.
    static TRIALS: RefCell<Vec<(u64, u64)>> = const { RefCell::new(Vec::new()) };
    /// How many calls have run out of time whose bodies are not dropped yet, and the limit of the one
    /// that did last.
    static EXPIRING: Cell<(u32, Duration)> = const { Cell::new((0, Duration::ZERO)) };
    /// When the attempt that is being polled on this thread runs out of time.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Who was blamed last; the count of those is the place in this ring. Outcomes that blame nobody take
    /// no place: there may be any number of them in one poll, of refusals for instance.
    static BLAMED: [Cell<u64>; BLAMED_MAX] = const { [const { Cell::new(0) }; BLAMED_MAX] };
    /// Which calls noted last that they wait, by their addresses; the count of waits is the place in
    /// this ring.
    static WAITING: [Cell<usize>; WAITING_MAX] = const { [const { Cell::new(GONE) }; WAITING_MAX] };
}

/// How many who were blamed the ring remembers: a call may blame a dependency, a key and a role of each.
/// Whoever asks about more hears yes.
const BLAMED_MAX: usize = 32;

/// The same for calls that wait; each that has waited looks through all of them when it ends.
const WAITING_MAX: usize = 8;

/// In the ring of those who wait: it has ended since.
const GONE: usize = 0;

const RECORDS: u64 = 0xffff;
const BLAMES_SHIFT: u32 = 16;
const BLAME: u64 = 1 << BLAMES_SHIFT;
const BLAMES: u64 = 0xffff << BLAMES_SHIFT;
const WAITS_SHIFT: u32 = 32;
const WAIT: u64 = 1 << WAITS_SHIFT;
const WAITS: u64 = 0xffff << WAITS_SHIFT;
const FAILURE: u64 = 1 << 48;

/// A reading of this thread's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(u64);

impl Mark {
    #[inline(always)]
    pub(crate) fn here() -> Self {
        Self(COUNTS.get())
    }

    /// Whether a nested call has judged its own outcome since `earlier`.
    #[inline(always)]
    pub(crate) const fn has_recorded_since(self, earlier: Self) -> bool {
        // The second counter never changes without the first one: as wide as a register.
        self.0 as u32 != earlier.0 as u32
    }

    /// Whether a nested call has begun to wait since `earlier`, up to now, and still does.
    pub(crate) fn has_waited_since(self, earlier: Self) -> bool {
        let (from, to) = (earlier.waits(), self.waits());
        let news = to.wrapping_sub(from);
        let is_there = |later| {
            let place = usize::from(from.wrapping_add(later)) % WAITING_MAX;
            WAITING.with(|ring| ring[place].get() != GONE)
        };
        usize::from(news) > WAITING_MAX || (1..=news).any(is_there)
    }

    const fn waits(self) -> u16 {
        (self.0 >> WAITS_SHIFT) as u16
    }

    const fn blames(self) -> u16 {
        (self.0 >> BLAMES_SHIFT) as u16
    }

    /// Whether a nested call has failed, was refused or was dropped since `earlier`.
    pub(crate) const fn has_failed_since(self, earlier: Self) -> bool {
        self.0 / FAILURE != earlier.0 / FAILURE
    }
}

/// A number that no other thread that is alive has.
pub(crate) fn thread_number() -> usize {
    COUNTS.with(|counts| std::ptr::from_ref(counts).addr())
}

/// Notes that a call on this thread has judged how it ended, and whom it has blamed.
pub(crate) fn note_recorded(blamed: Option<u64>) {
    let counts = COUNTS.get();
    let mut counts = counts & !RECORDS | counts.wrapping_add(1) & RECORDS;
    if let Some(entry) = blamed {
        counts = counts & !BLAMES | counts.wrapping_add(BLAME) & BLAMES;
        let place = usize::from(Mark(counts).blames()) % BLAMED_MAX;
        BLAMED.with(|ring| ring[place].set(entry));
    }
    COUNTS.set(counts);
}

/// Whether a call on this thread has blamed this dependency since `earlier`.
pub(crate) fn has_blamed_since(entry: u64, earlier: Mark) -> bool {
    let (from, to) = (earlier.blames(), Mark::here().blames());
    let news = to.wrapping_sub(from);
    let is_it = |later| {
        let place = usize::from(from.wrapping_add(later)) % BLAMED_MAX;
        BLAMED.with(|ring| ring[place].get() == entry)
    };
    usize::from(news) > BLAMED_MAX || (1..=news).any(is_it)
}

/// Notes that a call on this thread, which would judge its own end, waits for something. It is told
/// from others by its address.
#[inline]
pub(crate) fn note_waiting(call: usize) {
    let counts = COUNTS.get();
    let counts = counts & !WAITS | counts.wrapping_add(WAIT) & WAITS;
    COUNTS.set(counts);
    let place = usize::from(Mark(counts).waits()) % WAITING_MAX;
    WAITING.with(|ring| ring[place].set(call));
}

/// Notes that a call has ended or was dropped: nobody waits for it any more.
pub(crate) fn note_gone(call: usize) {
    WAITING.with(|ring| {
        let of_this = ring.iter().filter(|waiting| waiting.get() == call);
        of_this.for_each(|waiting| waiting.set(GONE));
    });
}

/// Notes that a call on this thread was refused: it has judged how it ended, blamed nobody, and has no
/// answer.
pub(crate) fn note_refused() {
    note_recorded(None);
    note_failed();
}

/// Notes that a call on this thread failed, was refused, or was dropped before it had an answer.
pub(crate) fn note_failed() {
    COUNTS.set(COUNTS.get().wrapping_add(FAILURE));
}

/// From here on, calls that are dropped on this thread have run out of time with the one around them,
/// whose limit is given: it is for them that it waited.
pub(crate) fn begin_expiring(limit: Duration) {
    EXPIRING.set((EXPIRING.get().0 + 1, limit));
}

/// The body of a call that ran out of time has been dropped.
pub(crate) fn end_expiring() {
    let (count, limit) = EXPIRING.get();
    EXPIRING.set((count.saturating_sub(1), limit));
}

/// Whether what is being dropped on this thread has run out of time, after it ran for so long: for
/// half of the time that the call around it had. A shorter one may be the last of many quick calls.
pub(crate) fn is_expiring_after(ran: Duration) -> bool {
    let (count, limit) = EXPIRING.get();
    count > 0 && ran >= limit / 2
}

/// Lets nested calls know until when they have to be done, which is no later than what the code around
/// has said. Returns that, for [`set_deadline`] when they are.
pub(crate) fn lend_deadline(deadline: Option<Instant>) -> Option<Instant> {
    let outer = DEADLINE.get();
    DEADLINE.set(match (outer, deadline) {
        (Some(outer), Some(deadline)) => Some(outer.min(deadline)),
        (outer, deadline) => outer.or(deadline),
    });
    outer
}

/// Says until when nested calls have to be done.
pub(crate) fn set_deadline(deadline: Option<Instant>) {
    DEADLINE.set(deadline);
}

/// When the attempt around the code that is running runs out of time.
pub(crate) fn deadline() -> Option<Instant> {
    DEADLINE.get()
}

/// Whether the code that is running belongs to a trial of this dependency.
pub(crate) fn is_within_trial(entry: u64, epoch: u64) -> bool {
    TRIALS.with_borrow(|trials| trials.contains(&(entry, epoch)))
}

/// Marks the code that runs from here on as part of these trials, until [`leave_trials`].
pub(crate) fn enter_trials(trials: impl Iterator<Item = (u64, u64)>) {
    TRIALS.with_borrow_mut(|running| running.extend(trials));
}

/// Ends what [`enter_trials`] has begun for so many trials.
pub(crate) fn leave_trials(count: usize) {
    TRIALS.with_borrow_mut(|running| running.truncate(running.len().saturating_sub(count)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counters_do_not_disturb_each_other() {
        // At their ends, where each wraps within itself.
        COUNTS.set(u64::MAX);
        type Note = fn();
        let notes: [Note; 3] = [|| note_recorded(Some(1)), || note_waiting(1), note_failed];
        for _ in 0..2 {
            for (nth, note) in notes.into_iter().enumerate() {
                let before = Mark::here();
                note();
                let seen = [
                    Mark::here().has_recorded_since(before),
                    Mark::here().has_waited_since(before),
                    Mark::here().has_failed_since(before),
                ];
                assert_eq!(seen, [0, 1, 2].map(|counter| counter == nth));
            }
        }
    }

    #[test]
    fn who_was_blamed_is_found_behind_any_number_of_outcomes_that_blamed_nobody() {
        // Where the counters wrap.
        for counts in [0, u64::MAX] {
            COUNTS.set(counts);
            let before = Mark::here();
            note_recorded(Some(7));
            (0..10_000).for_each(|_| note_recorded(None));
            assert!(has_blamed_since(7, before) && !has_blamed_since(8, before));
            assert!(!has_blamed_since(7, Mark::here()));
            (0..BLAMED_MAX).for_each(|_| note_recorded(Some(9)));
            assert!(has_blamed_since(8, before), "nobody knows");
        }
    }

    #[test]
    fn whoever_is_gone_is_not_waited_for_and_the_others_are() {
        let before = Mark::here();
        let waits = || Mark::here().has_waited_since(before);
        note_waiting(1);
        note_waiting(2);
        note_gone(1);
        assert!(waits(), "for the other one");
        note_gone(2);
        assert!(!waits());
        note_waiting(1);
        assert!(waits(), "for one that has its address now");
        note_gone(1);
        (0..=WAITING_MAX).for_each(|_| note_waiting(3));
        note_gone(3);
        assert!(waits(), "nobody knows");
    }

    #[test]
    fn trials_nest_and_end() {
        enter_trials([(1, 7)].into_iter());
        enter_trials([(2, 9), (3, 1)].into_iter());
        assert!(is_within_trial(1, 7) && is_within_trial(2, 9));
        assert!(!is_within_trial(1, 8), "another epoch is another trial");
        leave_trials(2);
        assert!(!is_within_trial(2, 9) && is_within_trial(1, 7));
        leave_trials(1);
        assert!(!is_within_trial(1, 7));
    }

    #[test]
    fn deadlines_only_come_closer_and_end() {
        let (near, far) = (Instant::now(), Instant::now() + Duration::from_secs(9));
        let outer = lend_deadline(Some(near));
        assert_eq!((outer, deadline()), (None, Some(near)));
        let inner = lend_deadline(Some(far));
        assert_eq!((inner, deadline()), (Some(near), Some(near)));
        assert_eq!(lend_deadline(None), Some(near));
        set_deadline(outer);
        assert_eq!(deadline(), None);
    }
}
