//! Bodies that wait to be told what to do.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use health_runtime::HealthRegistry;

use crate::event::{Body, CallSpec, Ending, Then};
use crate::functions::call;
use crate::trouble::{Answer, Told, Trouble};

pub(crate) type BodyFuture = Pin<Box<dyn Future<Output = Answer>>>;

/// What somebody is to be told. Whoever tells it polls the one who waits, so nobody is woken.
#[derive(Debug)]
pub(crate) struct Script<T>(Rc<RefCell<Option<T>>>);

impl<T> Clone for Script<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Default for Script<T> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<T> Script<T> {
    pub(crate) fn tell(&self, what: T) {
        *self.0.borrow_mut() = Some(what);
    }

    pub(crate) fn take(&self) -> Option<T> {
        self.0.borrow_mut().take()
    }

    pub(crate) async fn told(&self) -> T {
        poll_fn(|_| match self.take() {
            Some(what) => Poll::Ready(what),
            None => Poll::Pending,
        })
        .await
    }
}

/// The scripts of a call and of the one within it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scripts {
    pub(crate) outer: Script<Ending>,
    pub(crate) inner: Script<Ending>,
}

impl Ending {
    /// Ends a body.
    pub(crate) fn act(self) -> Answer {
        match self {
            Self::Success => Ok(()),
            Self::Error(told) => Err(Trouble::Told(told)),
            // Without the hook, which would print thousands of traces.
            Self::Panic => std::panic::resume_unwind(Box::new("the body of a test panics")),
        }
    }
}

/// The future of a call, with everything within it.
pub(crate) fn future_of(
    registry: &HealthRegistry,
    spec: &CallSpec,
    scripts: &Scripts,
) -> BodyFuture {
    let body = body_of(registry, &spec.body, scripts);
    call(registry, spec.route, body)
}

fn body_of(registry: &HealthRegistry, body: &Body, scripts: &Scripts) -> BodyFuture {
    let scripts = scripts.clone();
    match body.clone() {
        Body::Ends(ending) => Box::pin(async move { ending.act() }),
        Body::Waits => Box::pin(async move { scripts.outer.told().await.act() }),
        Body::GetsOver(calls) => {
            let registry = registry.clone();
            Box::pin(async move {
                for (route, ending) in calls {
                    let body = Box::pin(async move { ending.act() });
                    let _got_over = call(&registry, route, body).await;
                }
                Ok(())
            })
        }
        Body::Nests {
            inner,
            patience,
            then,
        } => {
            let within = Scripts {
                outer: scripts.inner.clone(),
                inner: Script::default(),
            };
            let inner = future_of(registry, &inner, &within);
            Box::pin(async move {
                let answer = match patience {
                    None => inner.await,
                    Some(patience) => tokio::time::timeout(patience, inner)
                        .await
                        .unwrap_or(Err(Trouble::Told(Told::LOST_PATIENCE))),
                };
                match then {
                    Then::PassOn => answer,
                    Then::GetOver => Ok(()),
                    Then::GetOverAndWait => scripts.outer.told().await.act(),
                }
            })
        }
    }
}
