//! What can happen.

use std::time::Duration;

use health_runtime::{
    BreakerPolicy, BypassRule, Criticality, DependencyState, GateMode, GatePolicy,
};

use crate::moody::Mood;
use crate::trouble::Told;

/// A history: how things are at first, and what happens then.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) seed: u64,
    pub(crate) dependencies: [DependencyPlan; 4],
    pub(crate) gate: GatePolicy,
    /// The mode of `sweep`; `None` for that of the gate.
    pub(crate) mode: Option<GateMode>,
    pub(crate) bypass: BypassRule,
    pub(crate) events: Vec<Event>,
}

#[derive(Debug, Clone)]
pub(crate) struct DependencyPlan {
    pub(crate) breaker: BreakerPolicy,
    pub(crate) timeout: Option<Duration>,
    pub(crate) criticality: Criticality,
    /// `None` where nothing probes it.
    pub(crate) probe: Option<Mood>,
}

#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A call begins, and ends if its body does not wait.
    Call(CallSpec),
    /// What a running call waits for is there.
    End {
        which: usize,
        how: Ending,
    },
    /// The caller drops a running call.
    Drop {
        which: usize,
    },
    /// Quick successes one after the other, without a look at the registry in between.
    Burst {
        dependency: usize,
        calls: u32,
        gap: Duration,
    },
    /// An outcome that is recorded by hand.
    Report {
        dependency: usize,
        failed: bool,
    },
    Operator {
        dependency: usize,
        command: Command,
    },
    /// Another policy while the service runs.
    Update {
        dependency: usize,
        breaker: Box<BreakerPolicy>,
        timeout: Option<Duration>,
    },
    Mood {
        dependency: usize,
        mood: Mood,
    },
    /// Time passes, and whatever is due happens in its order.
    Pass(Duration),
    /// The process does not run for this time.
    Sleep(Duration),
    /// A destructive call: it is asked for, and its body waits for orders.
    Destroy {
        operation: Destruction,
    },
    /// What a destructive body does next.
    Order {
        which: usize,
        order: Order,
    },
    /// The caller drops a destructive call.
    Abort {
        which: usize,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct CallSpec {
    pub(crate) route: Route,
    pub(crate) body: Body,
}

/// Which function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    One(usize),
    ByName(usize),
    Pair,
    Backwards,
    All,
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    Ends(Ending),
    /// Until it is told how to end.
    Waits,
    /// Calls another guarded function, which does not nest any further.
    Nests {
        inner: Box<CallSpec>,
        /// For how long it waits for it before it drops it.
        patience: Option<Duration>,
        then: Then,
    },
    /// Calls guarded functions that end at once, one after the other without a wait, and gets over what
    /// comes of them.
    GetsOver(Vec<(Route, Ending)>),
}

/// What a body does after a call within it, or when it has lost patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    PassOn,
    GetOver,
    GetOverAndWait,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Success,
    Error(Told),
    Panic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    ForceOpen(Duration),
    ForceClosed(Duration),
    SetState(DependencyState, Duration),
    Reset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Destruction {
    /// Of all critical dependencies, on a budget.
    Sweep { confirmed: bool },
    /// Of these and one more.
    Scrub,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Asks its permit.
    Check,
    /// Calls a guarded function, and gets over whatever comes of it.
    Call(Route, Ending),
    End(Ending),
}
