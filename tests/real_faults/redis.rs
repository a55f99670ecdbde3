//! A real Redis: killed, frozen, back with nothing in it.

use std::time::Instant;

use health_lab::Server;
use tokio::net::UnixStream;

use crate::service::{HARDLY_EVER, OFTEN, SETTLE, SETTLE_AFTER_OPEN, Service};

#[tokio::test]
async fn while_it_is_dead_nothing_is_destroyed_and_after_it_is_back_only_once_it_has_settled() {
    let mut service = Service::start(OFTEN).await;
    service.redis.kill();
    service.is_denied_eventually().await;
    service.is_denied_throughout(20).await;
    service.is_reported_eventually("redis", "unhealthy").await;
    let back = Instant::now();
    service.redis.restart_empty().await.unwrap();
    service.is_allowed_eventually().await;
    assert!(back.elapsed() >= SETTLE_AFTER_OPEN, "{:?}", back.elapsed());
}

#[tokio::test]
async fn while_it_is_frozen_connections_are_accepted_and_nothing_is_destroyed() {
    let service = Service::start(OFTEN).await;
    service.redis.freeze().unwrap();
    UnixStream::connect(service.redis.socket())
        .await
        .expect("the kernel accepts for a frozen process");
    service.is_denied_eventually().await;
    service.is_denied_throughout(20).await;
    let back = Instant::now();
    service.redis.thaw().unwrap();
    service.is_allowed_eventually().await;
    assert!(back.elapsed() >= SETTLE, "{:?}", back.elapsed());
}

#[tokio::test]
async fn the_very_first_question_to_a_frozen_one_is_not_answered_with_yes() {
    // Nobody has called it lately, its breaker is closed, and nothing has failed yet.
    let service = Service::start(HARDLY_EVER).await;
    crate::lab::eventually("the evidence is old", async || {
        service.registry.snapshot().iter().all(|dependency| {
            dependency
                .last_success
                .is_some_and(|age| age > crate::service::EVIDENCE)
        })
    })
    .await;
    service.redis.freeze().unwrap();
    assert!(!service.is_allowed().await);
}

/// No call fails and every `PING` is answered. Only the `run_id` tells.
#[tokio::test]
async fn back_with_nothing_in_it_it_settles_anew_although_every_ping_is_answered() {
    let mut service = Service::start(HARDLY_EVER).await;
    let who = |service: &Service| service.registry.health("redis").unwrap().identity;
    let before = who(&service).unwrap();
    service.redis.restart_empty().await.unwrap();
    let back = Instant::now();
    service.is_denied_eventually_for("new_identity").await;
    assert_ne!(who(&service).unwrap(), before);
    let redis = service.registry.health("redis").unwrap();
    assert!(redis.last_error.is_none(), "{redis:?}");
    assert_eq!(redis.epoch, 0, "its breaker has never moved");
    service.is_allowed_eventually().await;
    assert!(back.elapsed() >= SETTLE_AFTER_OPEN, "{:?}", back.elapsed());
}
