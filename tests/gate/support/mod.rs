//! What the tests of the gate share.
//!
//! - [`house`]: a registry with two critical dependencies, and everything around it
//! - [`operations`]: the destructive functions that they ask for
//! - [`trail`]: an audit sink that remembers, or misbehaves
//! - [`logs`]: what was logged

pub(crate) mod house;
pub(crate) mod logs;
pub(crate) mod operations;
pub(crate) mod trail;

pub(crate) use house::{Answer, House, Mood, MoodyProbe, Plan};
pub(crate) use logs::Logs;
pub(crate) use operations::{Ran, Trouble};
pub(crate) use trail::{Manner, Trail};

use std::time::Duration;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Lets time pass. Time is paused in these tests, so nobody waits for it.
pub(crate) async fn pass(time: Duration) {
    health_runtime::testing::advance(time).await;
}
