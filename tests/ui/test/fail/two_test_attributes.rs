//! One attribute makes a test.

#[health_runtime::test]
#[test]
async fn both() {}

#[health_runtime::test]
#[tokio::test]
async fn both_async() {}

fn main() {
    drop((both(), both_async()));
}
