//! The crates that are generated: so many functions, each of which can be called, so that the linker
//! keeps them all. Each differs from the others by a number, so that none is folded into another.

use std::fmt::Write;

use super::Variant;

/// The manifest of the workspace, with what all crates depend on.
pub(super) fn workspace(members: &[String], health_runtime: &str) -> String {
    format!(
        r#"[workspace]
resolver = "3"
members = {members:?}

[workspace.dependencies]
async-trait = "0.1"
health-runtime = {{ path = {health_runtime:?} }}
tokio = {{ version = "1", default-features = false, features = ["rt"] }}
tracing = {{ version = "0.1", default-features = false, features = ["std", "attributes"] }}

[profile.release]
strip = "symbols"
"#
    )
}

/// The manifest of one crate.
pub(super) fn manifest(name: &str) -> String {
    format!(
        r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
async-trait.workspace = true
health-runtime.workspace = true
tokio.workspace = true
tracing.workspace = true
"#
    )
}

/// The program of one crate.
pub(super) fn program(variant: Variant, functions: usize) -> String {
    let mut text = HEAD.to_owned();
    match variant {
        Variant::AsyncTrait => methods(&mut text, functions),
        Variant::Plain | Variant::Instrument | Variant::Guarded => {
            for n in 0..functions {
                let attribute = variant.attribute();
                let function = body(n, "");
                line(&mut text, &format!("{attribute}{function}"));
            }
        }
    }
    let call = match variant {
        Variant::AsyncTrait => "Service.",
        Variant::Plain | Variant::Instrument | Variant::Guarded => "",
    };
    line(
        &mut text,
        "\nfn main() {\n    let calls: &[fn(u64) -> Answer] = &[",
    );
    for n in 0..functions {
        line(&mut text, &format!("        |x| drive({call}f{n:04}(x)),"));
    }
    line(&mut text, TAIL);
    text
}

fn methods(text: &mut String, functions: usize) {
    line(
        text,
        "struct Service;\n\n#[async_trait::async_trait]\ntrait Calls {",
    );
    for n in 0..functions {
        line(
            text,
            &format!("    async fn f{n:04}(&self, x: u64) -> Answer;"),
        );
    }
    line(
        text,
        "}\n\n#[async_trait::async_trait]\nimpl Calls for Service {",
    );
    for n in 0..functions {
        line(text, &body(n, "&self, "));
    }
    line(text, "}");
}

fn body(n: usize, receiver: &str) -> String {
    format!("async fn f{n:04}({receiver}x: u64) -> Answer {{\n    ask(x + {n}).await\n}}")
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes what is written to it");
}

const HEAD: &str = r#"use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

type Answer = Result<u64, Box<dyn Error + Send + Sync>>;

async fn ask(x: u64) -> Answer {
    tokio::task::yield_now().await;
    if x == u64::MAX { Err("too large".into()) } else { Ok(x) }
}

fn drive<F: Future<Output = Answer>>(call: F) -> Answer {
    let mut cx = Context::from_waker(Waker::noop());
    let mut call = pin!(call);
    loop {
        if let Poll::Ready(answer) = call.as_mut().poll(&mut cx) {
            return answer;
        }
    }
}
"#;

const TAIL: &str = r#"    ];
    let which = std::env::args().count();
    println!("{:?}", calls[which % calls.len()](which as u64));
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_annotated_and_called() {
        for variant in [Variant::Instrument, Variant::Guarded] {
            let text = program(variant, 7);
            assert_eq!(text.matches(variant.attribute()).count(), 7, "{text}");
            assert_eq!(text.matches("|x| drive(f000").count(), 7, "{text}");
        }
        let text = program(Variant::AsyncTrait, 7);
        assert_eq!(text.matches("|x| drive(Service.f000").count(), 7, "{text}");
        assert_eq!(text.matches("ask(x + ").count(), 7, "{text}");
    }
}
