//! The permit of a running call: what it notices, and when it refuses.

use std::time::Duration;

use health_runtime::{Checkpoint, DependencyUnhealthy, DestructivePermit, Reason};
use tokio::time::Instant;

use crate::support::operations::{load, search, with_permit};
use crate::support::{House, Logs, Mood, Plan, SECOND, Trouble, pass};

/// Runs a body that has met trouble half-way, and asserts that its permit refuses from then on,
/// whatever happens next.
async fn refuses_after(house: &House, trouble: impl AsyncFnOnce()) {
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            permit.check()?;
            permit.checkpoint().await?;
            trouble().await;
            is_refused(permit).await;
            // Nothing that succeeds later makes what was read whole.
            search(async { Ok(1) }).await?;
            pass(SECOND).await;
            is_refused(permit).await;
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
    house.purge().await.is_allowed(); // The next call has a permit of its own.
}

async fn is_refused(permit: &DestructivePermit) {
    let refused = permit.check().unwrap_err();
    assert_eq!(refused.reason(), Reason::GateDenied);
    assert_eq!(refused.to_string(), "System unhealthy; retry in 1s");
    assert!(permit.checkpoint().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_nested_call_that_fails_taints_it() {
    let logs = Logs::collect();
    let house = House::healthy().await;
    refuses_after(&house, async || {
        assert!(search(async { Err(Trouble::Down) }).await.is_err());
    })
    .await;
    let warnings = logs.warnings();
    assert!(
        warnings[0].contains("a guarded call in it has failed, so what it has read proves nothing"),
        "{warnings:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_nested_call_that_is_refused_taints_it() {
    let house = House::healthy().await;
    house.trip("search").await;
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            let refused = search(async { Ok(1) }).await;
            assert!(matches!(refused, Err(Trouble::Refused(_))), "{refused:?}");
            is_refused(permit).await;
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_nested_call_that_is_dropped_half_way_taints_it() {
    let house = House::healthy().await;
    refuses_after(&house, async || {
        let hangs = search(std::future::pending());
        let dropped = tokio::time::timeout(Duration::from_millis(1), hangs).await;
        assert!(dropped.is_err());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_nested_call_that_panics_taints_it() {
    let house = House::healthy().await;
    refuses_after(&house, async || {
        let panics = async { panic!("a nested call of a test panics") };
        let mut call = Box::pin(search(panics));
        let caught = std::future::poll_fn(|cx| {
            let polled = std::panic::AssertUnwindSafe(|| call.as_mut().poll(cx).is_ready());
            std::task::Poll::Ready(std::panic::catch_unwind(polled).is_err())
        })
        .await;
        assert!(caught);
        drop(call);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_in_a_join_beside_a_success_taints_it() {
    let house = House::healthy().await;
    refuses_after(&house, async || {
        let fails = async {
            pass(Duration::from_millis(5)).await;
            Err(Trouble::Down)
        };
        let (good, bad) = tokio::join!(search(async { Ok(1) }), search(fails));
        assert!(good.is_ok() && bad.is_err());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_deep_below_taints_it() {
    let house = House::healthy().await;
    refuses_after(&house, async || {
        let outer = search(async {
            let inner = search(async { Err(Trouble::Down) }).await;
            // Swallowed, as bad code does.
            Ok(inner.unwrap_or(0))
        });
        assert_eq!(outer.await, Ok(0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_never_polled_or_succeeded_does_not() {
    let house = House::healthy().await;
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            drop(search(async { Err(Trouble::Down) }));
            search(async { Ok(1) }).await?;
            permit.check()?;
            permit.checkpoint().await?;
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn the_failures_of_others_do_not_taint_it() {
    let house = House::healthy().await;
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            let others = async {
                for _ in 0..3 {
                    let _unused = search(async { Err(Trouble::Down) }).await;
                    pass(SECOND).await;
                }
            };
            let other_task = tokio::spawn(house.registry.scope(others));
            pass(2 * SECOND).await;
            permit.check()?;
            drop(other_task);
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_check_refuses_when_a_dependency_has_gone_bad_meanwhile() {
    let house = House::healthy().await;
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            house.fail("redis");
            let refused = permit.check().unwrap_err();
            assert_eq!(refused.to_string(), "System unhealthy; retry in 10s");
            // Healthy again is not settled.
            house.registry.record_success("redis");
            assert!(permit.check().is_err());
            pass(11 * SECOND).await;
            permit.check()?;
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_check_refuses_once_the_runtime_has_ended() {
    let mut house = House::healthy().await;
    let guard = house.guard.take();
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            drop(guard);
            assert!(permit.check().is_err());
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_long_body_is_not_refused_for_the_age_of_what_was_fresh_at_its_start() {
    let house = House::healthy_with(Plan::unprobed()).await;
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            pass(3600 * SECOND).await;
            permit.check()?;
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_renews_evidence_that_has_grown_old() {
    let house = House::healthy().await;
    let before = house.probe.asked();
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            pass(3600 * SECOND).await;
            permit.checkpoint().await?;
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
    assert!(house.probe.asked() >= before + 2);
}

#[tokio::test(start_paused = true)]
async fn a_batch_pauses_through_an_outage_and_goes_on_after_it() {
    let logs = Logs::collect();
    let house = House::healthy().await;
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            let mut units = Vec::new();
            for unit in 0..4 {
                permit.checkpoint().await?;
                permit.check()?;
                units.push(Instant::now());
                if unit == 1 {
                    house.probe.is_now(Mood::Fails);
                    house.trip("redis").await;
                    let (probe, ends) = (house.probe.clone(), 30 * SECOND);
                    drop(tokio::spawn(async move {
                        pass(ends).await;
                        probe.is_now(Mood::Answers);
                    }));
                }
            }
            Ok(units)
        }))
        .await
        .unwrap();
    let pause = done[2] - done[1];
    assert!(pause >= 90 * SECOND, "outage and settle time: {pause:?}");
    assert!(pause <= 200 * SECOND, "{pause:?}");
    assert_eq!(done[3], done[2]);
    let warnings = logs.warnings();
    let pauses = warnings
        .iter()
        .filter(|line| line.starts_with("with_permit pauses: "));
    assert_eq!(pauses.count(), 1, "{warnings:?}");
    let goes_on = logs.at(tracing::Level::INFO, "health_runtime::gate");
    assert_eq!(goes_on, ["with_permit goes on"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_gives_up_when_the_pause_is_too_long() {
    let mut plan = Plan::unprobed();
    plan.policy.checkpoint = Checkpoint::Pause(30 * SECOND);
    let house = House::healthy_with(plan).await;
    let began = Instant::now();
    let done = house
        .run(with_permit::<(), Trouble>(async |permit| {
            house.fail("redis");
            permit.checkpoint().await?;
            panic!("it goes on without redis");
        }))
        .await;
    assert!(matches!(done, Err(Trouble::Refused(_))), "{done:?}");
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_policy_may_stop_a_batch_at_once() {
    let mut plan = Plan::unprobed();
    plan.policy.checkpoint = Checkpoint::Stop;
    let house = House::healthy_with(plan).await;
    let began = Instant::now();
    let done = house
        .run(with_permit::<(), Trouble>(async |permit| {
            permit.checkpoint().await?;
            house.fail("redis");
            permit.checkpoint().await?;
            panic!("it goes on without redis");
        }))
        .await;
    assert!(matches!(done, Err(Trouble::Refused(_))), "{done:?}");
    assert!(began.elapsed() < SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_its_own_during_a_pause_is_not_forgotten_by_it() {
    let house = House::healthy().await;
    let done = house
        .run(with_permit::<(), Trouble>(async |permit| {
            house.fail("redis");
            let (checked, failed) = tokio::join!(permit.checkpoint(), async {
                pass(2 * SECOND).await;
                search(async { Err(Trouble::Down) }).await
            });
            assert!(failed.is_err());
            checked?;
            panic!("it goes on with half an answer");
        }))
        .await;
    assert!(matches!(done, Err(Trouble::Refused(_))), "{done:?}");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_first_read_is_never_read_as_absent() {
    // The incident: the first timeout is read as "the session is gone", and it is terminated.
    let house = House::healthy().await;
    let done = house
        .run(with_permit::<_, DependencyUnhealthy>(async |permit| {
            let is_alive = load(async { Err(Trouble::Down) }).await.is_ok();
            if !is_alive {
                permit.check()?;
                panic!("a live session is terminated");
            }
            Ok(())
        }))
        .await;
    assert!(done.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_fence_grows_with_every_permit_and_fits_a_database() {
    let house = House::healthy().await;
    let mut last = 0;
    for _ in 0..100 {
        let fence = house
            .run(with_permit::<_, Trouble>(async |permit| Ok(permit.fence())))
            .await
            .unwrap();
        assert!(fence > last);
        assert_eq!(house.trail.last().fence, Some(fence));
        last = fence;
    }
    assert!(i64::try_from(last).is_ok());
    let later = House::healthy().await;
    let fence = later
        .run(with_permit::<_, Trouble>(async |permit| Ok(permit.fence())))
        .await
        .unwrap();
    assert!(fence > house.trail.records()[0].fence.unwrap() - (1 << 20));
}

#[tokio::test(start_paused = true)]
async fn it_carries_its_operation_and_the_epochs_it_was_granted_under() {
    let house = House::healthy().await;
    let done = house
        .run(with_permit::<_, Trouble>(async |permit| {
            assert_eq!(permit.operation(), "with_permit");
            assert_eq!(permit.epochs(), [("api", 0), ("redis", 0)]);
            Ok(())
        }))
        .await;
    assert_eq!(done, Ok(()));
}
