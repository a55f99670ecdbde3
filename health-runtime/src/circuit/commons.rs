//! What circuits share, so that each of ten thousand is small.

use std::sync::Arc;

use super::story::Throttle;
use super::{Context, story};
use crate::breaker::BreakerPolicy;
use crate::name::Name;
use crate::policy::Policy;
use crate::sync::{AtomicU64, Mutex};

/// A resolved policy, ready to be shared: all keys without values of their own have the same one.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) policy: Arc<Policy>,
    /// The breaker's part of it, which the machine holds on to.
    pub(crate) breaker: Arc<BreakerPolicy>,
}

impl Rules {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            breaker: Arc::new(policy.breaker.clone()),
            policy: Arc::new(policy),
        }
    }
}

/// What the circuits of all keys and roles of a dependency share.
pub(crate) struct Commons {
    pub(super) name: Name,
    pub(super) context: Arc<Context>,
    /// Counts the changes of their health; apart from the registry's version, as the gate does not
    /// look at keys, and one failing key must not make all its grants stale.
    pub(super) version: Arc<AtomicU64>,
    pub(super) story: Arc<Mutex<Throttle>>,
}

impl Commons {
    pub(crate) fn new(name: Name, context: Arc<Context>) -> Self {
        Self {
            name,
            context,
            version: Arc::default(),
            story: Arc::new(Mutex::new(Throttle::of_its_keys())),
        }
    }

    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Says how many transitions went untold, once their interval is over.
    pub(crate) fn tick(&self) {
        let suppressed = self.story.lock().end_interval(self.context.now());
        if let Some(suppressed) = suppressed {
            story::summarise_keys(self.name, suppressed);
        }
    }
}
