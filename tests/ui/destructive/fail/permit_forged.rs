//! There is no way to make a permit in safe code.

use health_runtime::DestructivePermit;

fn main() {
    let _ = DestructivePermit {};
    let _ = DestructivePermit::default();
    let _: DestructivePermit = Default::default();
    let _: DestructivePermit = ().into();
}
