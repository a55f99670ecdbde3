//! On any function, with or without a surface around it; it changes nothing.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use health_runtime::harmless;

#[harmless(reason = "only a counter")]
const fn end_of(count: u8) -> u8 {
    count
}

trait Close {
    #[harmless(reason = "a file")]
    fn close(&self);

    #[harmless(reason = "a file", crate = health_runtime)]
    fn close_twice(&self) {
        self.close();
        self.close();
    }
}

impl Close for u8 {
    #[harmless(reason = "a file")]
    fn close(&self) {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(end_of(1), 1);
    2.close_twice();
}
