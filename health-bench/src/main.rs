//! What a protected call costs: this library's, and that of the other circuit breakers of crates.io.
//!
//! ```text
//! cargo run --release -p health-bench                       all tables but those of the compiler
//! cargo run --release -p health-bench -- --write            the same, into docs/
//! cargo run --release -p health-bench -- --compile          compile time and binary size
//! cargo run --release -p health-bench -- --compile --write  the same, into docs/
//! cargo run --release -p health-bench -- --check            fails when a limit is exceeded
//! cargo run --release -p health-bench -- --loop CASE COUNT  one case alone, for a profiler
//! ```
//!
//! - [`case`]: one thing to measure
//! - [`call`]: the work that is protected, and how a call is driven; [`plain`]: without protection
//! - [`ours`], [`peers`]: who protects it; [`contender`]: what each has to do, and proof that it does
//! - [`keys`]: breakers by key
//! - [`mod@measure`]: how it is measured; [`suite`]: everything at once
//! - [`mod@compile`]: generated crates, compiled
//! - [`targets`]: what was aimed at, and what may not get worse
//! - [`report`]: the tables and the picture; [`number`]: as people read them

#![forbid(unsafe_code)]

mod args;
mod call;
mod case;
mod compile;
mod contender;
mod keys;
mod measure;
mod number;
mod ours;
mod peers;
mod plain;
mod report;
mod suite;
mod targets;

use std::process::ExitCode;

use clap::Parser;
use tokio::task::coop::unconstrained;

use crate::args::Options;
use crate::ours::setup;
use crate::suite::Suite;

fn main() -> ExitCode {
    let options = Options::parse();
    let output = if options.write {
        Output::Write
    } else {
        Output::Print
    };
    let done = if let Some([case, count]) = options.r#loop.as_deref() {
        with_suite(async |suite| run_alone(&suite, case, count))
    } else if options.under_valgrind {
        with_suite(async |suite| {
            suite.run_counted().await;
            Ok(())
        })
    } else if options.check {
        with_suite(check)
    } else if options.compile {
        compile(output)
    } else {
        with_suite(async |suite| measure(suite, output).await)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Where the tables go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    /// To standard output.
    Print,
    /// There, and into `docs/`.
    Write,
}

/// Starts the runtime of the library, and makes the cases.
fn with_suite(then: impl AsyncFnOnce(Suite) -> Result<(), String>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))?;
    // Unconstrained: a task that does not go back to its executor after some hundred steps is told to
    // wait by tokio, and the cases are one such task.
    runtime.block_on(unconstrained(async {
        let _health = setup::start().await.map_err(|error| error.to_string())?;
        then(Suite::new()?).await
    }))
}

async fn measure(suite: Suite, output: Output) -> Result<(), String> {
    let results = suite.measure(say).await;
    let text = report::calls::section(&results);
    println!("{text}");
    if output == Output::Write {
        report::write_calls(&text, &report::chart::closed_path(&results))?;
    }
    Ok(())
}

fn compile(output: Output) -> Result<(), String> {
    let text = report::compiled::section(&compile::measure(say)?);
    println!("{text}");
    if output == Output::Write {
        report::write_compiled(&text)?;
    }
    Ok(())
}

async fn check(suite: Suite) -> Result<(), String> {
    let results = suite.measure_exact(say).await;
    println!("{}", report::limits::table(&results));
    let broken = targets::broken(&results);
    if broken.is_empty() {
        Ok(())
    } else {
        Err(format!("beyond the limit: {}", broken.join("; ")))
    }
}

fn run_alone(suite: &Suite, name: &str, count: &str) -> Result<(), String> {
    let count = count
        .parse()
        .map_err(|_| format!("COUNT is a whole number, not {count:?}"))?;
    let Some(case) = suite.case(name) else {
        let names: Vec<&str> = suite.cases().map(|case| case.name.as_str()).collect();
        return Err(format!(
            "no case {name:?}; there are:\n{}",
            names.join("\n")
        ));
    };
    (case.run)(count);
    Ok(())
}

/// Tells whoever waits what is going on.
fn say(what: &str) {
    eprintln!("measuring: {what} ...");
}
