//! A probe answers with a `Result`.

use health_runtime::probe;

#[probe(dep = "redis")]
async fn nothing() {}

#[probe(dep = "redis")]
async fn yes_or_no() -> bool {
    true
}

fn main() {
    drop((nothing(), yes_or_no()));
}
