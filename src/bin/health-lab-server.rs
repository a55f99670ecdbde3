//! Serves as a stand-in for the tests, whose own `main` cannot.

use std::process::ExitCode;

fn main() -> ExitCode {
    health_lab::child_main();
    eprintln!("this program is started by tests; it does nothing by itself");
    ExitCode::from(2)
}
