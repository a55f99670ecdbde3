//! What a test may return, and the attributes that it may carry.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

/// Docs.
#[health_runtime::test]
async fn returns_nothing() {
    tokio::task::yield_now().await;
}

#[health_runtime::test]
async fn returns_a_result() -> Result<(), std::io::Error> {
    tokio::time::sleep(std::time::Duration::from_secs(86_400)).await;
    Ok(())
}

#[health_runtime::test]
async fn returns_an_exit_code() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}

#[health_runtime::test]
async fn returns_what_can_end_a_process() -> impl std::process::Termination {
    Ok::<(), String>(())
}

#[health_runtime::test()]
#[should_panic(expected = "on purpose")]
async fn panics() {
    panic!("on purpose");
}

#[health_runtime::test(crate = health_runtime)]
#[ignore = "it has nothing to say"]
async fn ignored() {}

/// The runner of this file compiles it as a program without tests, and as a module with them.
#[allow(dead_code, reason = "unused when it is a module")]
fn main() {}
