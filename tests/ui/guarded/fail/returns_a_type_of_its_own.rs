//! A type that only the compiler knows to be no `Result`.

use health_runtime::guarded;

struct Answer;

#[guarded(deps = ["redis"])]
async fn load() -> Answer {
    Answer
}

fn main() {
    drop(load());
}
