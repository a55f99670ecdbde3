//! What a protected call costs over the plain one.
//!
//! ```text
//! cargo run --release -p health-bench                       the table
//! cargo run --release -p health-bench -- --loop CASE COUNT  one case alone, for a profiler
//! health-bench/instructions                                 instructions per call, by valgrind
//! ```
//!
//! Nanoseconds are the median over many rounds of the difference to the plain call of the same
//! round: all cases run interleaved, so that a machine that slows down slows all of them down.
//! Allocations, sizes and instructions repeat exactly.

#![forbid(unsafe_code)]

mod cases;
mod measure;
mod setup;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match *arguments {
        [] => {
            runtime.block_on(table::print());
            ExitCode::SUCCESS
        }
        ["--loop", case, count] => {
            let known = cases::all().find(|known| known.name == case);
            match (known, count.parse()) {
                (Some(case), Ok(count)) => {
                    runtime.block_on(async {
                        let _health = setup::start().await;
                        (case.run)(count);
                    });
                    ExitCode::SUCCESS
                }
                _ => usage(),
            }
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    let names: Vec<&str> = cases::all().map(|case| case.name).collect();
    eprintln!(
        "usage: health-bench [--loop CASE COUNT]; cases: {}",
        names.join(", ")
    );
    ExitCode::from(2)
}
