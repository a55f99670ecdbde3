//! `recloser`: `AsyncRecloser::call`. It has no rule of failures in a row; a ring of calls with a
//! rate of one half is what its documentation begins with, and costs the same at any length. A ring
//! of n calls decides at call n + 1.

use ::recloser::{AsyncRecloser, Error, Recloser};

use super::{About, Breaker, Part, Tuning};
use crate::call::{Failed, work};
use crate::contender::Contender;

const ABOUT: About = About {
    name: "recloser",
    package: "recloser",
    how: "`AsyncRecloser::call`, failure rate over a ring of calls",
    part: Part::All,
};

/// The peer.
pub(super) fn contender() -> Result<Contender, String> {
    Contender::of::<AsyncRecloser>(ABOUT)
}

impl Breaker for AsyncRecloser {
    type Error = Error<Failed>;

    fn build(tuning: Tuning) -> Self {
        Recloser::custom()
            .error_rate(0.5)
            .closed_len(tuning.failures as usize)
            .half_open_len(1)
            .open_wait(tuning.cooldown)
            .build()
            .into()
    }

    #[inline(never)]
    async fn call(&mut self, x: u64) -> Result<u64, Self::Error> {
        AsyncRecloser::call(self, async { work(x) }).await
    }

    fn is_refusal(error: &Self::Error) -> bool {
        matches!(error, Error::Rejected)
    }
}
