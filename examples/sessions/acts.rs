//! What happens, in order.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use health_lab::Server;
use health_runtime::{Bypass, HealthRegistry};
use tokio::net::UnixStream;
use tokio::time::sleep;

use crate::service::Sessions;
use crate::table::Scores;
use crate::timeline::Timeline;
use crate::world::{Result, SESSIONS, World};

/// How long each outage lasts.
const OUTAGE: Duration = Duration::from_millis(2_500);

/// How long Redis is back before the heartbeats are: every few seconds, as usual.
const HEARTBEATS: Duration = Duration::from_secs(3);

/// A loaded machine may take its time; an idle one waits for what it waits for, and no longer.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Stage<'a> {
    pub world: &'a mut World,
    pub timeline: &'a Timeline,
    pub registry: &'a HealthRegistry,
    pub sessions: &'a Sessions,
    pub scores: Scores,
}

impl Stage<'_> {
    pub async fn play(&mut self) -> Result<()> {
        self.baseline().await;
        self.kill_redis().await;
        self.restart_redis_empty().await?;
        self.freeze_api().await?;
        self.fail_under_a_running_batch().await
    }

    async fn baseline(&self) {
        self.timeline
            .note(&format!("{SESSIONS} sessions in three copies; s{SESSIONS} is dead: no heartbeat, and GONE at the API"));
        self.eventually(async || {
            self.world
                .copies
                .ids()
                .iter()
                .all(|ids| ids.len() < SESSIONS)
        })
        .await;
        sleep(Duration::from_millis(1_500)).await;
        self.timeline
            .note("each reaper has removed s20, and nothing else");
    }

    async fn kill_redis(&mut self) {
        let pid = self.world.redis.pid().unwrap_or_default();
        self.timeline
            .act(&format!("1  kill -9 {pid}: Redis is dead"));
        self.world.redis.kill();
        sleep(OUTAGE).await;
        self.scores.count("kill -9", self.world);
    }

    async fn restart_redis_empty(&mut self) -> Result<()> {
        self.world.redis.restart_empty().await?;
        let pid = self.world.redis.pid().unwrap_or_default();
        self.timeline.act(&format!(
            "2  Redis is back (pid {pid}): it answers every PING, and is empty"
        ));
        self.put_back();
        sleep(HEARTBEATS).await;
        self.world.register().await?;
        self.timeline
            .note("the heartbeats have come in again: Redis knows all live sessions");
        self.until_allowed().await;
        self.scores.count("empty restart", self.world);
        Ok(())
    }

    async fn freeze_api(&mut self) -> Result<()> {
        let pid = self.world.api.pid().unwrap_or_default();
        self.timeline
            .act(&format!("3  kill -STOP {pid}: the API hangs"));
        self.put_back();
        self.world.api.freeze()?;
        if UnixStream::connect(self.world.api.socket()).await.is_ok() {
            self.timeline
                .note("a connect to it still succeeds: only an answer is a sign of life");
        }
        sleep(OUTAGE).await;
        self.timeline
            .act(&format!("4  kill -CONT {pid}: the API goes on"));
        self.world.api.thaw()?;
        self.until_allowed().await;
        self.scores.count("frozen API", self.world);
        Ok(())
    }

    async fn fail_under_a_running_batch(&mut self) -> Result<()> {
        let ids: BTreeSet<String> = (1..=5).map(|number| format!("s{number:02}")).collect();
        self.timeline
            .act("5  five users leave, s01 to s05; Redis hangs while the clean-up is at work");
        self.put_back();
        self.world.pace.send_replace(Duration::from_millis(400));
        self.world.end(&ids).await?;
        let left = || ids.intersection(&self.world.copies.annotated.ids()).count();
        self.eventually(async || left() <= 3).await;
        let pid = self.world.redis.pid().unwrap_or_default();
        self.timeline.note(&format!(
            "kill -STOP {pid}: Redis hangs; the annotated clean-up has {} of 5 still to do",
            left()
        ));
        self.world.redis.freeze()?;
        sleep(OUTAGE / 2).await;
        self.close_at_a_users_wish().await;
        sleep(OUTAGE / 2).await;
        self.world.redis.thaw()?;
        self.timeline
            .note(&format!("kill -CONT {pid}: Redis goes on"));
        self.eventually(async || left() == 0).await;
        self.timeline
            .note("the clean-up has finished: all five are removed");
        let dead = self.world.truth().dead.clone();
        self.eventually(async || {
            let copies = self.world.copies.ids();
            copies.iter().all(|ids| ids.is_disjoint(&dead))
        })
        .await;
        self.world.pace.send_replace(Duration::ZERO);
        self.scores.count("frozen Redis", self.world);
        Ok(())
    }

    async fn close_at_a_users_wish(&self) {
        let id = "s07";
        match self.sessions.close_session(id, None).await {
            Err(error) => self
                .timeline
                .note(&format!("close_session({id}), not confirmed: \"{error}\"")),
            Ok(()) => self
                .timeline
                .note(&format!("close_session({id}), not confirmed: done")),
        }
        let confirmed = Bypass::new("alice", "confirmed in the dialog");
        match self.sessions.close_session(id, Some(confirmed)).await {
            Ok(()) => {
                self.world.truth().closed.insert(id.to_owned());
                self.timeline
                    .note(&format!("close_session({id}), confirmed by its user: done"));
            }
            Err(error) => self.timeline.note(&format!(
                "close_session({id}), confirmed by its user: \"{error}\""
            )),
        }
    }

    fn put_back(&self) {
        let count = self.world.put_back();
        if count > 0 {
            self.timeline.note(&format!(
                "{count} lost sessions are put back into the first two copies, for the next act"
            ));
        }
    }

    /// Waits until the gate allows again, and for one more pass of the reapers.
    async fn until_allowed(&self) {
        self.eventually(async || {
            let verdict = self.registry.verdict("session_cleanup").await;
            verdict.is_some_and(|verdict| verdict.is_allow())
        })
        .await;
        sleep(Duration::from_millis(600)).await;
    }

    async fn eventually(&self, mut holds: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds().await {
            if Instant::now() > deadline {
                // The table will show what is missing.
                self.timeline
                    .note("this took too long; going on without it");
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}
