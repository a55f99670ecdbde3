//! What the test harness cannot call.

#[health_runtime::test]
fn synchronous() {}

#[health_runtime::test]
async fn with_parameters(a: u8, b: u8) {
    drop((a, b));
}

#[health_runtime::test]
async fn generic<T>() {}

fn main() {
    synchronous();
}
