//! What the attributes add to a future.

use health_runtime::guarded;

use super::breaker::guarded_once;
use super::layers::{destroy, guarded_waiting, two};
use crate::call::{Answer, WaitOnce, work};
use crate::plain::{plain, plain_waiting};

/// The size of a future, and of its plain twin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FutureSize {
    /// What function it is of.
    pub(crate) name: &'static str,
    /// Bytes without an attribute.
    pub(crate) plain: usize,
    /// Bytes with it.
    pub(crate) protected: usize,
}

impl FutureSize {
    /// What the attribute adds.
    pub(crate) fn added(self) -> usize {
        self.protected.saturating_sub(self.plain)
    }
}

/// The futures that are compared.
pub(crate) fn sizes() -> Vec<FutureSize> {
    let size = |name, plain, protected| FutureSize {
        name,
        plain,
        protected,
    };
    vec![
        size(
            "1 dependency, small arguments",
            size_of_val(&plain(1)),
            size_of_val(&guarded_once(1)),
        ),
        size(
            "2 dependencies",
            size_of_val(&plain(1)),
            size_of_val(&two(1)),
        ),
        size(
            "body that waits",
            size_of_val(&plain_waiting(1)),
            size_of_val(&guarded_waiting(1)),
        ),
        size(
            "256 bytes of arguments",
            size_of_val(&plain_large([0; 32])),
            size_of_val(&guarded_large([0; 32])),
        ),
        size(
            "`#[destructive]`",
            size_of_val(&plain(1)),
            size_of_val(&destroy(1)),
        ),
    ]
}

async fn plain_large(x: [u64; 32]) -> Answer {
    WaitOnce::default().await;
    work(x[0] + x[31])
}

#[guarded(deps = ["a"])]
async fn guarded_large(x: [u64; 32]) -> Answer {
    WaitOnce::default().await;
    work(x[0] + x[31])
}
