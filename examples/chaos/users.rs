//! The load: users who open sessions, use them, and leave.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use health_lab::Dice;
use tokio::time::sleep;

use crate::signs::Signs;
use crate::times::Times;
use crate::world::World;

/// How many there are, each with sessions of their own.
pub const USERS: usize = 6;

/// How many sessions a user has at the most.
const SESSIONS: usize = 8;

/// The longest that a user rests between two things.
const REST: Duration = Duration::from_millis(12);

pub struct User<'a> {
    pub world: &'a World,
    pub number: usize,
    pub signs: Signs,
    pub times: Times,
    pub seed: u64,
}

impl User<'_> {
    /// Works for as long as it is polled.
    pub async fn run(&self) -> Infallible {
        tokio::join!(self.work(), self.show_life()).0
    }

    async fn work(&self) -> Infallible {
        let mut dice = Dice::new(self.seed);
        let mut count = 0;
        loop {
            sleep(REST.mul_f64(dice.share())).await;
            let mine = self.world.truth().live_of(self.number);
            let full = mine.len() >= SESSIONS;
            match (dice.below(100), mine.iter().nth(dice.below(mine.len()))) {
                // Nobody leaves before others have come: there are always live ones to be lost.
                (0, Some(id)) if full => self.world.truth().ends(id),
                (_, Some(id)) if full => self.make_use_of(id).await,
                (0..50, Some(id)) => self.make_use_of(id).await,
                _ => {
                    self.create(&format!("s{}-{count}", self.number)).await;
                    count += 1;
                }
            }
        }
    }

    async fn create(&self, id: &str) {
        let ids = BTreeSet::from([id.to_owned()]);
        // Signs of life first: a session that the service keeps without them is a dead one.
        if self.signs.beat(&ids).await.is_err() || self.signs.open(&ids).await.is_err() {
            self.world.truth().counts.used_in_vain += 1;
            return;
        }
        self.world.kept.insert(id);
        self.world.truth().begins(id.to_owned(), self.number);
    }

    async fn make_use_of(&self, id: &str) {
        let ids = BTreeSet::from([id.to_owned()]);
        let is_done = self.signs.beat(&ids).await.is_ok();
        let counts = &mut self.world.truth().counts;
        if is_done {
            counts.used += 1;
        } else {
            counts.used_in_vain += 1;
        }
    }

    /// The heartbeats, whatever the user is waiting for meanwhile.
    async fn show_life(&self) -> Infallible {
        loop {
            let mine = self.world.truth().live_of(self.number);
            if !mine.is_empty() {
                let (beat, known) = tokio::join!(self.signs.beat(&mine), self.signs.open(&mine));
                let failed = beat.is_err() || known.is_err();
                self.world.truth().counts.used_in_vain += u64::from(failed);
            }
            sleep(self.times.heartbeat()).await;
        }
    }
}
