//! What few circuits have: a cap on the calls in flight, and a budget of retries.

use std::sync::Arc;

use crate::bulkhead::{Bulkhead, BulkheadPolicy};
use crate::policy::Policy;
use crate::retry::Bucket;
use crate::sync::{Mutex, OnceLock};

#[derive(Default)]
pub(super) struct Extras {
    pub(super) bulkhead: Mutex<Option<Arc<Bulkhead>>>,
    pub(super) retries: OnceLock<Bucket>,
}

impl Extras {
    /// What a circuit of this policy has from its beginning.
    pub(super) fn of(policy: &Policy) -> OnceLock<Box<Self>> {
        let extras = OnceLock::new();
        if let Some(size) = policy.bulkhead {
            extras.get_or_init(Box::<Self>::default).resize(Some(size));
        }
        extras
    }

    /// Changes the size of the bulkhead. Those in flight still count.
    pub(super) fn resize(&self, size: Option<BulkheadPolicy>) {
        let mut bulkhead = self.bulkhead.lock();
        match (&*bulkhead, size) {
            (Some(known), Some(size)) => known.resize(size),
            _ => *bulkhead = size.map(Bulkhead::new),
        }
    }
}
