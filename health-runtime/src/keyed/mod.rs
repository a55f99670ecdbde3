//! Breakers by key and by role: one more circuit of a dependency for each host, tenant or kind of
//! call.
//!
//! - [`part`]: which part of a dependency a circuit stands for
//! - [`store`]: finds or creates the circuit of a part, and never holds more than `max_keys`
//! - [`shard`]: a piece of the store under one lock, and who leaves it first
//! - [`index`]: from a hash to a slot of a shard
//! - [`rank`]: how much is lost when a circuit is forgotten
//! - [`table`]: the policies of the parts, resolved once for all that are alike
//! - [`key`]: what can be a key
//! - [`host`]: keys that are hosts
//! - [`health`]: how the keys are doing, as snapshots
//!
//! A keyed circuit is not ticked: a second of ten thousand ticks would cost more than it is worth,
//! and what a tick does is done when somebody looks. An override ends when the next call asks, and
//! the last success is stamped anew after each look at it; the gate, which needs better, looks at
//! dependencies only.

mod direct;
mod health;
mod host;
mod index;
mod key;
mod part;
mod rank;
mod shard;
mod store;
mod table;
#[cfg(test)]
mod tests;

use std::ops::Deref;

pub use self::direct::Direct;
pub use self::health::{KeyHealth, KeysSummary};
pub use self::host::{Host, host};
pub use self::key::CallKey;
use self::part::Layout;
pub(crate) use self::part::Part;
pub(crate) use self::store::KeyedStore;
use crate::breaker::{Phase, Word};
use crate::circuit::{Circuit, Commons, Depth, Rules};
use crate::sync::AtomicU32;

/// The circuit of a key, a role, or a role of a key. It *is* a circuit, and what the store has to
/// know of it.
pub(crate) struct Keyed {
    circuit: Circuit,
    /// When it was asked for last, counted in insertions into its shard.
    used: AtomicU32,
    layout: Layout,
}

impl Deref for Keyed {
    type Target = Circuit;

    #[inline(always)]
    fn deref(&self) -> &Circuit {
        &self.circuit
    }
}

impl Keyed {
    fn new(part: Part<'_>, rules: Rules, commons: &Commons) -> Self {
        let (text, layout) = part.stored();
        let depth = match (part.key(), part.role()) {
            (Some(_), Some(_)) => Depth::RoleOfKey,
            _ => Depth::Part,
        };
        Self {
            circuit: Circuit::of_part(text, depth, rules, commons),
            used: AtomicU32::new(0),
            layout,
        }
    }

    /// Which part of the dependency it stands for.
    pub(crate) fn identity(&self) -> Part<'_> {
        self.layout.read(self.circuit.part().unwrap_or_default())
    }

    /// Whether it is closed with nothing outstanding. One load.
    fn is_well(&self) -> bool {
        let word = self.word();
        word.same_health(Word::new(word.epoch(), Phase::Closed, 0, false))
    }
}

impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyed")
            .field("circuit", &self.circuit)
            .finish_non_exhaustive()
    }
}
