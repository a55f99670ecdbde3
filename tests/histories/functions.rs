//! The annotated functions that are called. What they do is told to them.

use std::cell::RefCell;
use std::rc::Rc;

use health_runtime::{DestructivePermit, HealthRegistry, destructive, guarded};

use crate::event::{Ending, Order, Route};
use crate::script::{BodyFuture, Script};
use crate::trouble::{Answer, Trouble};

pub(crate) const NAMES: [&str; 4] = ["history-a", "history-b", "history-c", "history-d"];

const A: &str = NAMES[0];
const B: &str = NAMES[1];
const C: &str = NAMES[2];
const D: &str = NAMES[3];

#[guarded(deps = [A])]
async fn on_a(body: BodyFuture) -> Answer {
    body.await
}

#[guarded(deps = [B])]
async fn on_b(body: BodyFuture) -> Answer {
    body.await
}

#[guarded(deps = [C])]
async fn on_c(body: BodyFuture) -> Answer {
    body.await
}

/// A function that returns a future.
#[guarded(deps = [D])]
fn on_d(body: BodyFuture) -> impl Future<Output = Answer> {
    body
}

#[guarded(deps = [A, B])]
async fn on_a_and_b(body: BodyFuture) -> Answer {
    body.await
}

/// In another order than that in which they were declared.
#[guarded(deps = [C, A])]
async fn on_c_and_a(body: BodyFuture) -> Answer {
    body.await
}

#[guarded(deps = [B, D, A, C])]
async fn on_all(body: BodyFuture) -> Answer {
    body.await
}

impl Route {
    /// The dependencies, in the order of the annotation.
    pub(crate) fn dependencies(self) -> &'static [usize] {
        match self {
            Self::One(0) | Self::ByName(0) => &[0],
            Self::One(1) | Self::ByName(1) => &[1],
            Self::One(2) | Self::ByName(2) => &[2],
            Self::One(_) | Self::ByName(_) => &[3],
            Self::Pair => &[0, 1],
            Self::Backwards => &[2, 0],
            Self::All => &[1, 3, 0, 2],
        }
    }
}

/// The call of the function that a route stands for.
pub(crate) fn call(registry: &HealthRegistry, route: Route, body: BodyFuture) -> BodyFuture {
    match route {
        Route::One(0) => Box::pin(on_a(body)),
        Route::One(1) => Box::pin(on_b(body)),
        Route::One(2) => Box::pin(on_c(body)),
        Route::One(_) => Box::pin(on_d(body)),
        Route::Pair => Box::pin(on_a_and_b(body)),
        Route::Backwards => Box::pin(on_c_and_a(body)),
        Route::All => Box::pin(on_all(body)),
        Route::ByName(index) => {
            let registry = registry.clone();
            Box::pin(async move { registry.call_classified(NAMES[index], body).await })
        }
    }
}

/// What a destructive body does, and what it has found out.
#[derive(Clone, Default)]
pub(crate) struct Work {
    pub(crate) orders: Script<Order>,
    pub(crate) found: Rc<RefCell<Found>>,
}

#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The fence number of its permit, from when it runs on.
    pub(crate) fence: Option<u64>,
    /// What the permit said when it was asked last.
    pub(crate) check: Option<Result<(), health_runtime::DependencyUnhealthy>>,
}

impl Work {
    async fn go(self, permit: &DestructivePermit, registry: HealthRegistry) -> Answer {
        self.found.borrow_mut().fence = Some(permit.fence());
        loop {
            match self.orders.told().await {
                Order::Check => self.found.borrow_mut().check = Some(permit.check()),
                Order::Call(route, ending) => {
                    let body: BodyFuture = Box::pin(async move { ending.act() });
                    // It gets over it. The permit remembers.
                    drop(call(&registry, route, body).await);
                }
                Order::End(Ending::Success) => return Ok(()),
                Order::End(Ending::Error(told)) => return Err(Trouble::Told(told)),
                Order::End(ending @ Ending::Panic) => return ending.act(),
            }
        }
    }
}

/// Asks for every critical dependency.
#[destructive(budget = "3/1m", bypass = "confirmed", permit = permit)]
pub(crate) async fn sweep(work: Work, registry: HealthRegistry, confirmed: bool) -> Answer {
    work.go(permit, registry).await
}

/// Names one that need not be critical.
#[destructive(deps = [C], permit = permit)]
pub(crate) async fn scrub(work: Work, registry: HealthRegistry) -> Answer {
    work.go(permit, registry).await
}
