//! Which sessions live and which are dead, whatever anybody reads; and what became of them.
//!
//! What a fault destroys and what the service destroys are two things that cannot be mixed up here.
//! A fault can only take *signs of life*: a Redis that is started empty has forgotten every heartbeat,
//! and an API every session, and both are told again by the sessions themselves, which go on living.
//! The sessions are kept by the service alone, out of reach of every fault. Whatever is missing there
//! was removed by the service, and if the session was alive, that is a loss, however convincing the
//! signs of its death were.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Truth {
    /// Each with the user it belongs to.
    live: BTreeMap<String, usize>,
    dead: BTreeMap<String, Instant>,
    pub counts: Counts,
}

#[derive(Default, Clone)]
pub struct Counts {
    pub created: u64,
    pub used: u64,
    /// Uses that failed or were refused.
    pub used_in_vain: u64,
    pub ended: u64,
    pub removed: u64,
    pub lost: u64,
    /// How often a fault has taken the sign of life of a live session.
    pub signs_taken: u64,
    pub longest_dead: Duration,
}

impl Truth {
    /// A session lives from when the service keeps it.
    pub fn begins(&mut self, id: String, user: usize) {
        self.live.insert(id, user);
        self.counts.created += 1;
    }

    /// Its user has left.
    pub fn ends(&mut self, id: &str) {
        if self.live.remove(id).is_some() {
            self.dead.insert(id.to_owned(), Instant::now());
            self.counts.ended += 1;
        }
    }

    pub fn live_of(&self, user: usize) -> BTreeSet<String> {
        let of_user = self.live.iter().filter(|(_, owner)| **owner == user);
        of_user.map(|(id, _)| id.clone()).collect()
    }

    pub fn live(&self) -> BTreeSet<String> {
        self.live.keys().cloned().collect()
    }

    pub fn dead(&self) -> BTreeSet<String> {
        self.dead.keys().cloned().collect()
    }

    /// Compares with what the service keeps. Returns the live sessions that are lost, once each.
    pub fn compare(&mut self, ids: &BTreeSet<String>, whole: &BTreeSet<String>) -> Vec<String> {
        let missing = |id: &&String| !whole.contains(*id);
        let lost: Vec<String> = self.live.keys().filter(missing).cloned().collect();
        for id in &lost {
            self.live.remove(id);
            self.counts.lost += 1;
        }
        let counts = &mut self.counts;
        self.dead.retain(|id, since| {
            let is_gone = !ids.contains(id);
            if is_gone {
                counts.removed += 1;
            }
            // One that is still there counts too, or the last of them would never.
            counts.longest_dead = counts.longest_dead.max(since.elapsed());
            !is_gone
        });
        lost
    }
}
