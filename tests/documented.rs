//! What the README says of the arguments of `#[guarded]`, made from the code. `BLESS=1` writes it.
#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

use std::collections::BTreeSet;
use std::time::Duration;

use health_runtime::{BulkheadPolicy, DependencyUnhealthy, Policy, Reason, RetryPolicy};
use health_runtime::{guarded, host};

/// Every argument, so that none is documented that does not exist.
#[guarded(
    deps = ["documented"],
    timeout = "2s",
    attempts = 3,
    backoff = "100ms..5s",
    fallback = from_cache,
    shed = "degraded",
    level = "search degraded",
    key = host(address),
    role = "metadata",
    classify = by_status,
    bulkhead = 64,
    crate = health_runtime
)]
async fn every_argument(address: &str) -> Result<usize, DependencyUnhealthy> {
    Ok(address.len())
}

async fn from_cache(_address: &str) -> Result<usize, DependencyUnhealthy> {
    Ok(0)
}

const fn by_status(_: &DependencyUnhealthy) -> health_runtime::Outcome {
    health_runtime::Outcome::Neutral
}

fn span(time: Duration) -> String {
    match (time.as_secs(), time.subsec_millis()) {
        (seconds, 0) => format!("{seconds} s"),
        (_, _) => format!("{} ms", time.as_millis()),
    }
}

/// Argument, layer, meaning, default, what it refuses with.
fn rows() -> Vec<[String; 5]> {
    let Policy { timeout, .. } = Policy::default();
    let RetryPolicy { backoff, budget } = RetryPolicy::default();
    let budget = budget.unwrap();
    let reasons = |reasons: &[Reason]| {
        let words: Vec<String> = reasons.iter().map(|reason| format!("`{reason}`")).collect();
        words.join(", ")
    };
    let row = |argument: &str, layer: &str, meaning: &str, default: String, refuses: String| {
        [
            argument.to_owned(),
            layer.to_owned(),
            meaning.to_owned(),
            default,
            refuses,
        ]
    };
    let none = || "none".to_owned();
    let nothing = String::new;
    vec![
        row(
            "fallback = from_cache",
            "1 fallback",
            "a function of the same arguments, and the error if it takes one more, answers when the call is refused or fails; guarded itself, it makes a chain",
            none(),
            nothing(),
        ),
        row(
            "shed = \"degraded\"",
            "2 shed",
            "skip the call already in this state, or `\"unhealthy\"`",
            none(),
            reasons(&[Reason::Shed]),
        ),
        row(
            "level = \"search degraded\"",
            "2 shed",
            "skip the call from this level of degradation of the service on",
            none(),
            reasons(&[Reason::Shed]),
        ),
        row(
            "deps = [\"http\", DNS]",
            "3 breaker",
            "the dependencies: names, or paths of `const` names",
            "required".to_owned(),
            reasons(&[
                Reason::CircuitOpen,
                Reason::TrialInFlight,
                Reason::ForcedOpen,
            ]),
        ),
        row(
            "key = host(address)",
            "3 breaker",
            "a breaker of its own for each value of an expression over the parameters; `key = [\"http\" = a, \"dns\" = b]` for several dependencies",
            none(),
            "as `deps`".to_owned(),
        ),
        row(
            "role = \"metadata\"",
            "3 breaker",
            "a breaker and values of its own for this kind of call",
            none(),
            "as `deps`".to_owned(),
        ),
        row(
            "classify = by_status",
            "3 breaker",
            "`fn(&E) -> Outcome`, over what the error says of itself",
            "`Classify`, else the built-in tables, else a transient failure".to_owned(),
            nothing(),
        ),
        row(
            "bulkhead = 64",
            "4 bulkhead",
            "calls of this function in flight; a dependency's own cap, with a queue, is in its policy",
            {
                assert_eq!(Policy::default().bulkhead, None);
                assert_eq!(BulkheadPolicy::new(1).queue, 0);
                none()
            },
            reasons(&[Reason::Saturated]),
        ),
        row(
            "attempts = 3",
            "5 retry",
            "tries in all; only what may pass is tried again, within the budget of the dependency",
            format!(
                "1; budget {} % of the calls, {} a second at least",
                budget.ratio * 100.0,
                budget.min_per_second
            ),
            "the last error".to_owned(),
        ),
        row(
            "backoff = \"100ms..5s\"",
            "5 retry",
            "the first and the longest wait between attempts; doubles, half of it random; a longer `Retry-After` wins",
            format!("{} to {}", span(backoff.initial), span(backoff.max)),
            nothing(),
        ),
        row(
            "timeout = \"2s\"",
            "6 timeout",
            "the time of one attempt; `\"none\"` for no limit",
            span(timeout.unwrap()),
            reasons(&[Reason::TimedOut]),
        ),
        row(
            "crate = path",
            "",
            "where the runtime is, if it is renamed",
            "`::health_runtime`".to_owned(),
            nothing(),
        ),
    ]
}

fn table() -> String {
    let mut text = String::from(
        "| argument | layer | meaning | default | refuses with |\n|---|---|---|---|---|\n",
    );
    for [argument, layer, meaning, default, refuses] in rows() {
        text.push_str(&format!(
            "| `{argument}` | {layer} | {meaning} | {default} | {refuses} |\n"
        ));
    }
    text
}

#[test]
fn the_table_of_arguments_in_the_readme_is_that_of_the_code() {
    const BEGIN: &str = "<!-- arguments: made by tests/documented.rs -->\n";
    const END: &str = "<!-- end -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the README has the marks");
    let (found, after) = rest.split_once(END).expect("the README has the marks");
    let wanted = table();
    if std::env::var_os("BLESS").is_some() && found != wanted {
        std::fs::write(path, format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(found, wanted, "run `BLESS=1 cargo test --test documented`");
}

#[test]
fn the_table_has_every_argument_that_the_attribute_takes() {
    // What the compiler lists when it meets an argument that it does not know.
    let message = include_str!("ui/guarded/fail/argument_of_another_attribute.stderr");
    let (_, list) = message.split_once("`#[guarded]` takes ").unwrap();
    let list = list.lines().next().unwrap();
    let taken: BTreeSet<&str> = list.split('`').skip(1).step_by(2).collect();
    let rows = rows();
    let told: BTreeSet<&str> = rows
        .iter()
        .map(|[argument, ..]| argument.split(' ').next().unwrap())
        .collect();
    assert_eq!(told, taken);
}

#[tokio::test]
async fn every_argument_goes_with_every_other() {
    assert_eq!(every_argument("example.org").await.unwrap(), 11);
}
