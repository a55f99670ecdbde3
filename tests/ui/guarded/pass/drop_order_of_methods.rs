//! `self` by value is dropped where the plain function drops it.
#![deny(missing_docs)]
#![forbid(unsafe_code)]
#![allow(unused_variables, reason = "unused parameters are part of the test")]

use std::cell::RefCell;
use std::io::Error;
use std::rc::Rc;

use health_runtime::guarded;

#[derive(Clone)]
struct Entry(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for Entry {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

impl Entry {
    async fn plain(self, a: Entry, _b: Entry) -> Result<(), Error> {
        let local = Entry("local", Rc::clone(&a.1));
        Ok(())
    }

    #[guarded(deps = ["redis"])]
    async fn annotated(self, a: Entry, _b: Entry) -> Result<(), Error> {
        let local = Entry("local", Rc::clone(&a.1));
        Ok(())
    }

    async fn plain_pattern(self, (a, b): (Entry, Entry), c: Entry) -> Result<(), Error> {
        let local = Entry("local", Rc::clone(&self.1));
        Ok(())
    }

    #[guarded(deps = ["redis"])]
    async fn annotated_pattern(self, (a, b): (Entry, Entry), c: Entry) -> Result<(), Error> {
        let local = Entry("local", Rc::clone(&self.1));
        Ok(())
    }

    async fn plain_rc(self: Rc<Self>, a: Entry) -> Result<(), Error> {
        let local = Entry("local", Rc::clone(&a.1));
        Ok(())
    }

    #[guarded(deps = ["redis"])]
    async fn annotated_rc(self: Rc<Self>, a: Entry) -> Result<(), Error> {
        let local = Entry("local", Rc::clone(&a.1));
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let e = |name| Entry(name, Rc::clone(&log));

    e("self").plain(e("a"), e("b")).await.unwrap();
    let plain = log.take();
    assert_eq!(plain, ["local", "b", "a", "self"]);
    e("self").annotated(e("a"), e("b")).await.unwrap();
    assert_eq!(log.take(), plain);

    e("self").plain_pattern((e("a"), e("b")), e("c")).await.unwrap();
    let plain = log.take();
    e("self").annotated_pattern((e("a"), e("b")), e("c")).await.unwrap();
    assert_eq!(log.take(), plain);

    Rc::new(e("self")).plain_rc(e("a")).await.unwrap();
    let plain = log.take();
    Rc::new(e("self")).annotated_rc(e("a")).await.unwrap();
    assert_eq!(log.take(), plain);
}
