//! A real API on a Unix socket: killed, frozen, back with nothing in it.

use std::time::Instant;

use health_lab::Server;
use tokio::net::UnixStream;

use crate::service::{HARDLY_EVER, OFTEN, SETTLE, SETTLE_AFTER_OPEN, Service};

#[tokio::test]
async fn while_it_is_dead_nothing_is_destroyed_and_after_it_is_back_only_once_it_has_settled() {
    let mut service = Service::start(OFTEN).await;
    service.api.kill();
    service.is_denied_eventually().await;
    service.is_denied_throughout(20).await;
    service.is_reported_eventually("api", "unhealthy").await;
    let back = Instant::now();
    service.api.restart_empty().await.unwrap();
    service.is_allowed_eventually().await;
    assert!(back.elapsed() >= SETTLE_AFTER_OPEN, "{:?}", back.elapsed());
}

#[tokio::test]
async fn while_it_is_frozen_connections_are_accepted_and_nothing_is_destroyed() {
    let service = Service::start(OFTEN).await;
    service.api.freeze().unwrap();
    UnixStream::connect(service.api.socket())
        .await
        .expect("the kernel accepts for a frozen process");
    service.is_denied_eventually().await;
    service.is_denied_throughout(20).await;
    let back = Instant::now();
    service.api.thaw().unwrap();
    service.is_allowed_eventually().await;
    assert!(back.elapsed() >= SETTLE, "{:?}", back.elapsed());
}

#[tokio::test]
async fn back_with_nothing_in_it_it_settles_anew_although_every_ping_is_answered() {
    let mut service = Service::start(HARDLY_EVER).await;
    service.api.restart_empty().await.unwrap();
    let back = Instant::now();
    service.is_denied_eventually_for("new_identity").await;
    let api = service.registry.health("api").unwrap();
    assert!(api.last_error.is_none(), "{api:?}");
    service.is_allowed_eventually().await;
    assert!(back.elapsed() >= SETTLE_AFTER_OPEN, "{:?}", back.elapsed());
}
