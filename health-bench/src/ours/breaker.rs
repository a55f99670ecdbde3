//! The cases that the peers have, too: `#[guarded(deps = ["a"])]` around the same work.
//!
//! The error of a refusal says which dependency it was, in which state, and when to come back.

use health_runtime::{Dependency, DependencyUnhealthy, HealthRegistry, guarded};

use super::setup;
use crate::call::{Answer, Failed, ILL, WELL, complete, drive, repeat, work};
use crate::contender::{Calls, Contender, Outage};
use crate::measure::bytes::{Bytes, heap};

/// What it is called in the tables.
pub(crate) const NAME: &str = "health-runtime";

/// Outages of a check.
const TRIES: u32 = 100;

/// This library.
///
/// # Errors
///
/// What it did that its case is not called.
pub(crate) fn contender() -> Result<Contender, String> {
    if drive(refused(WELL)).is_ok() {
        return Err("a breaker that has tripped lets calls through".into());
    }
    for _ in 0..TRIES {
        if !matches!(outage(), (Err(Failed::Broken), Ok(_))) {
            return Err("an outage is not a failure and a trial".into());
        }
    }
    Ok(Contender {
        name: NAME,
        package: None,
        how: "`#[guarded(deps = [\"a\"])]`, failures in a row",
        closed: Box::new(|count| repeat(count, || guarded_once(WELL))),
        refused: Some(Box::new(|count| repeat(count, || refused(WELL)))),
        outage: Some(Outage {
            calls: Calls {
                failures: 1,
                trials: 1,
            },
            run: Box::new(|count| {
                for _ in 0..count {
                    complete(flapping(ILL));
                    complete(flapping(WELL));
                }
            }),
        }),
        bytes: declared(),
    })
}

#[guarded(deps = ["a"])]
#[inline(never)]
pub(super) async fn guarded_once(x: u64) -> Answer {
    work(x)
}

/// Returns the whole error, so that nobody can leave out to build it.
#[guarded(deps = ["down"])]
#[inline(never)]
async fn refused(x: u64) -> Result<u64, DependencyUnhealthy> {
    Ok(work(x).unwrap_or_default())
}

#[guarded(deps = ["flapping"])]
#[inline(never)]
async fn flapping(x: u64) -> Answer {
    work(x)
}

/// Trips [`setup`]'s breaker for refusals.
pub(super) async fn bring_down() {
    for _ in 0..5 {
        tripping(ILL).await.unwrap_or_default();
    }
}

#[guarded(deps = ["down"])]
async fn tripping(x: u64) -> Answer {
    work(x)
}

fn outage() -> (Answer, Answer) {
    (drive(flapping(ILL)), drive(flapping(WELL)))
}

/// What a declared dependency takes, its name and its place in the registry included.
fn declared() -> Bytes {
    of_registry(Dependency::new)
}

/// The same with a failure rate in its policy, which has windows.
pub(crate) fn declared_with_rate() -> Bytes {
    of_registry(|name| Dependency::new(name).policy(setup::rated()))
}

fn of_registry(declare: impl Fn(String) -> Dependency) -> Bytes {
    const DEPENDENCIES: usize = 1_000;
    // Names live as long as the process, and would be there the second time.
    static NAMES: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let first = NAMES.fetch_add(DEPENDENCIES, std::sync::atomic::Ordering::Relaxed);
    let names = first..first + DEPENDENCIES;
    let mut registry = None;
    let new = heap(|| {
        let declared = names.clone().map(|n| declare(format!("dependency-{n:06}")));
        let builder = declared.fold(HealthRegistry::builder(), |builder, dependency| {
            builder.dependency(dependency)
        });
        registry = builder.build().ok();
    });
    let registry = registry.expect("the names are distinct, and the policies sound");
    let grown = heap(|| {
        for n in names {
            let name = format!("dependency-{n:06}");
            for _ in 0..1_000 {
                registry.record_success(&name);
            }
        }
    });
    Bytes {
        new: new / DEPENDENCIES,
        used: (new + grown) / DEPENDENCIES,
    }
}
