//! There is nothing to set.

#[health_runtime::test(start_paused = true)]
async fn paused() {}

fn main() {
    drop(paused());
}
