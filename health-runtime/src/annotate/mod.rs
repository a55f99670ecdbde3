//! What the attributes expand to. Not public API: only emitted code names it, as `__private`.
//!
//! - [`site`]: the static that registers itself
//! - [`enter`]: the way into a guarded function
//! - [`keyed`]: the places of a call that belongs to a key or a role
//! - [`layered`]: the way through one that may be tried again, or has a fallback
//! - [`ask`]: the way into a destructive one

mod ask;
mod enter;
mod keyed;
mod layered;
pub(crate) mod site;

pub use core::option::Option::{self, None, Some};
pub use core::pin::{Pin, pin};
pub use core::result::Result::{self, Err, Ok};
pub use core::time::Duration;
pub use core::{file, line, module_path};
pub use std::boxed::Box;

pub use ::inventory;

pub use self::ask::{Ask, ask, bypass, complete, watch_destructive};
pub use self::enter::{SitePlaces, Sited, enter_layered, judging, watch};
pub use self::keyed::{KeyedPlaces, key};
pub use self::layered::{
    Again, FellBack, Resolved, again, answer, attempt, fall_back, finish, next_attempt, not_let_in,
    resolve,
};
pub use self::site::{
    OperationSite, ProbeSite, Registration, Site, SiteInfo, SiteKind, SiteOptions,
};
use crate::call::output::Apart;
pub use crate::call::output::{
    ByResult, ByValue, ErrorOf, FromRefusal, GuardedOutput, OutputOf, judged_by,
};
pub use crate::call::{
    Answer, Attempt, Call, Judge, Judgement, Pause, Places, Retries, Unjudged, Watch,
};
pub use crate::circuit::Timeout;
use crate::error::DependencyUnhealthy;
pub use crate::fallback::{Failed, Fallback};
pub use crate::gate::{Budget, Bypass, BypassArgument, DestructivePermit, WatchDestructive};
pub use crate::keyed::CallKey;
use crate::probe::{self, ProbeFuture, ProbeOutput};
pub use crate::state::DependencyState;

/// Makes the output of a refused call.
#[inline(always)]
pub fn refused<R: GuardedOutput>(refusal: DependencyUnhealthy) -> R {
    refused_apart::<R>(refusal).output
}

#[cold]
#[inline(never)]
fn refused_apart<R: GuardedOutput>(refusal: DependencyUnhealthy) -> Apart<R> {
    Apart::new(R::refused(refusal))
}

/// Gives the type of the body, in code that is never reached.
///
/// # Panics
///
/// Always, if it were.
pub fn never<R>() -> R {
    unreachable!("the attribute emits this behind `if false`")
}

/// Runs what a function does before its future is there.
///
/// The bound makes the closure one that is called once: left to itself, the compiler takes a closure
/// that only reborrows for one that is called again, and then its future may not borrow from it.
#[inline(always)]
pub fn call_once<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Starts a probe. `R` comes first, so that emitted code can name it where the function declares it.
pub fn run_probe<'a, R, Fut>(check: Fut) -> ProbeFuture<'a>
where
    R: ProbeOutput,
    Fut: Future<Output = R> + Send + 'a,
{
    probe::run(check)
}

/// Judges an error by what its type offers. Gives the judgement and the text of the error.
#[doc(hidden)]
#[macro_export]
macro_rules! __judge {
    ($error:ident) => {
        $crate::__private::ErrorOf::this($error)
            .what_it_says()
            .how_to_judge()($error)
    };
}

/// The error of an output of any type.
#[doc(hidden)]
#[macro_export]
macro_rules! __failure {
    ($output:ident) => {{
        use $crate::__private::{ByResult as _, ByValue as _};
        (&&$crate::__private::OutputOf($output)).error_in_output()
    }};
}

/// Registers a static at link time. By the path of the method: one that takes `&self` is found after a
/// method of that name that a trait of the user's has for every type.
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    (guarded $site:ident) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Registration::Call($crate::__private::Site::info(&$site))
        }
    };
    (destructive $site:ident) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Registration::Call($crate::__private::OperationSite::info(&$site))
        }
    };
    (probe $site:ident) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Registration::Probe(&$site)
        }
    };
}

pub use crate::{__failure as failure, __judge as judge, __register as register};
