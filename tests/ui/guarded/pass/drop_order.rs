//! Parameters and locals are dropped in the order of the plain function: whether the body uses the
//! parameter, names it `_x`, moves it, or ignores it, and also when the call is cancelled.
#![deny(missing_docs)]
#![forbid(unsafe_code)]
#![allow(unused_variables, unused_assignments, reason = "unused parameters are part of the test")]

use std::cell::RefCell;
use std::io::Error;
use std::rc::Rc;
use std::task::{Context, Waker};

use health_runtime::guarded;

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<&'static str>>>);

impl Log {
    fn entry(&self, name: &'static str) -> Entry {
        Entry(name, self.clone())
    }

    fn take(&self) -> Vec<&'static str> {
        self.0.take()
    }
}

struct Entry(&'static str, Log);

impl Entry {
    fn touch(&self) {}
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.1.0.borrow_mut().push(self.0);
    }
}

struct Pair {
    left: Entry,
    right: Entry,
}

macro_rules! twins {
    ($($name:ident($($parameters:tt)*) $body:block)*) => {
        mod plain {
            use super::*;
            $(pub async fn $name($($parameters)*, log: &Log) -> Result<(), Error> {
                let _local = log.entry("local");
                $body
                tokio::task::yield_now().await;
                Ok(())
            })*
        }
        mod annotated {
            use super::*;
            $(#[guarded(deps = ["redis"])]
            pub async fn $name($($parameters)*, log: &Log) -> Result<(), Error> {
                let _local = log.entry("local");
                $body
                tokio::task::yield_now().await;
                Ok(())
            })*
        }
    };
}

twins! {
    used(a: Entry, b: Entry, c: Entry) { c.touch(); a.touch(); b.touch(); }
    guards(_a: Entry, b: Entry, _c: Entry) { b.touch(); }
    moved(a: Entry, b: Entry, c: Entry) { drop(b); c.touch(); a.touch(); }
    unused(a: Entry, b: Entry, c: Entry) { a.touch(); }
    first_unused(a: Entry, b: Entry, c: Entry) { b.touch(); c.touch(); }
    wild(_: Entry, b: Entry, _: Entry) { b.touch(); }
    pattern(a: Entry, (b, c): (Entry, Entry), d: Entry) { c.touch(); d.touch(); a.touch(); b.touch(); }
    holes(a: Entry, (b, _, c): (Entry, Entry, Entry), (_, d): (Entry, Entry)) { c.touch(); d.touch(); a.touch(); b.touch(); }
    by_ref(ref a: Entry, ref b: Entry, c: Entry) { a.touch(); b.touch(); c.touch(); }
    fields(a: Pair, b: Entry) { drop(a.right); b.touch(); a.left.touch(); }
    one_field(a: Pair, b: Entry) { a.left.touch(); b.touch(); }
    fields_of_a_pattern(Pair { left, right: _ }: Pair, b: Entry) { left.touch(); b.touch(); }
    shadowed(a: Entry, b: Entry) { let a = a.1.entry("shadow"); b.touch(); a.touch(); }
    replaced(mut a: Entry, b: Entry) { a = b.1.entry("second"); b.touch(); }
    optional(a: Option<Entry>, b: Box<Entry>, c: [Entry; 2]) { c[0].touch(); b.touch(); a.iter().for_each(Entry::touch); }
}

/// Drops the future after its first poll, then lets another one run to its end.
fn order<F: Future<Output = Result<(), Error>>>(make: impl Fn() -> F, log: &Log) -> [Vec<&'static str>; 3] {
    let mut context = Context::from_waker(Waker::noop());

    drop(make());
    let never_polled = log.take();

    let mut cancelled = Box::pin(make());
    assert!(cancelled.as_mut().poll(&mut context).is_pending());
    drop(cancelled);
    let cancelled = log.take();

    let mut whole = Box::pin(make());
    while whole.as_mut().poll(&mut context).is_pending() {}
    let completed = log.take();
    [never_polled, cancelled, completed]
}

macro_rules! same {
    ($log:ident: $($name:ident($($argument:expr),*))*) => {
        $(
            let plain = order(|| plain::$name($($argument,)* &$log), &$log);
            let annotated = order(|| annotated::$name($($argument,)* &$log), &$log);
            assert_eq!(plain, annotated, "{}", stringify!($name));
            assert!(plain[2].len() > 2, "{plain:?}");
        )*
    };
}

fn main() {
    let log = Log::default();
    let e = |name| log.entry(name);
    let pair = || Pair { left: e("left"), right: e("right") };
    same! { log:
        used(e("a"), e("b"), e("c"))
        guards(e("a"), e("b"), e("c"))
        moved(e("a"), e("b"), e("c"))
        unused(e("a"), e("b"), e("c"))
        first_unused(e("a"), e("b"), e("c"))
        wild(e("a"), e("b"), e("c"))
        pattern(e("a"), (e("b"), e("c")), e("d"))
        holes(e("a"), (e("b"), e("hole"), e("c")), (e("hole2"), e("d")))
        by_ref(e("a"), e("b"), e("c"))
        fields(pair(), e("b"))
        one_field(pair(), e("b"))
        fields_of_a_pattern(pair(), e("b"))
        shadowed(e("a"), e("b"))
        replaced(e("a"), e("b"))
        optional(Some(e("a")), Box::new(e("b")), [e("c"), e("c2")])
    }
}
