//! Shows how an operator changes the values of breakers without a new release: a file over what the
//! code says, the environment over the file, and reloads that take a good file and refuse a bad one.
//!
//! `cargo run --example configured` takes a moment. It works on a copy of
//! `examples/strategy_matrix.toml`, next to this file. It prints the values in force, each with
//! where it comes from, then what two edits of the file do: the first is taken over, the second is
//! wrong, and everything stays as it was. Each time it also tries in practice after how many calls
//! the breaker of `claude_api` trips.

use std::error::Error;
use std::time::Duration;

use health_runtime::config::{Config, Source};
use health_runtime::testing::{ScriptedDependency as Api, ScriptedError};
use health_runtime::{BreakerState, HealthRegistry, Override, guarded};

// The file has the numbers. The code says what no number can: which calls may be repeated, and who
// answers instead. What is written here is in force where the file says nothing.

#[guarded(deps = ["claude_api"], attempts = 2, fallback = apologise)]
async fn ask_claude(api: &Api) -> Answer {
    api.call().await.map(|()| "an answer")
}

#[guarded(deps = ["firebase"], attempts = 2, timeout = "1s", fallback = from_local_cache)]
async fn load_state(api: &Api) -> Answer {
    api.call().await.map(|()| "the state")
}

#[guarded(deps = ["qdrant"], attempts = 2, timeout = "1s", fallback = match_keywords)]
async fn recall(api: &Api) -> Answer {
    api.call().await.map(|()| "what is alike")
}

#[guarded(deps = ["exa_api"], attempts = 2, fallback = ask_tavily)]
async fn search(api: &Api) -> Answer {
    api.call().await.map(|()| "links by Exa")
}

#[guarded(deps = ["tavily_api"], attempts = 2, fallback = search_unavailable)]
async fn ask_tavily(api: &Api) -> Answer {
    api.call().await.map(|()| "links by Tavily")
}

#[guarded(deps = ["telegram_api"], attempts = 2, fallback = queue)]
async fn notify(api: &Api) -> Answer {
    api.call().await.map(|()| "sent")
}

fn apologise(_: &Api) -> Answer {
    Ok("sorry, I cannot think right now")
}

fn from_local_cache(_: &Api) -> Answer {
    Ok("the state of some time ago (degraded)")
}

fn match_keywords(_: &Api) -> Answer {
    Ok("what has the same words")
}

fn search_unavailable(_: &Api) -> Answer {
    Ok("search unavailable")
}

fn queue(_: &Api) -> Answer {
    Ok("queued until it is back")
}

type Answer = Result<&'static str, ScriptedError>;

const FILE: &str = "strategy_matrix.toml";
const AS_IT_IS: &str = include_str!("strategy_matrix.toml");
/// The line of `claude_api` that is edited.
const LINE: &str = r#"breaker = { consecutive = 3, open_for = "60s", open_for_max = "5m" }"#;
const GOOD: &str = r#"breaker = { consecutive = 5, open_for = "20s", open_for_max = "5m" }"#;
const BAD: &str = r#"breaker = { consecutve = 9, open_for = "20", open_for_max = "5m" }"#;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    std::env::set_current_dir(&directory)?;
    std::fs::write(FILE, AS_IT_IS)?;

    // A service leaves `registry` and `vars` out: this one has the same jitter whenever it is run,
    // and not the environment of the process.
    let environment = [("HEALTH_RUNTIME__DEPS__QDRANT__BREAKER__CONSECUTIVE", "8")];
    let health = health_runtime::builder()
        .registry(HealthRegistry::builder().seed(7).build()?)
        .config(Config::file(FILE).vars(environment))
        .init()
        .await?;
    health.registry().scope(operate(health.registry())).await?;
    health.shutdown().await;
    Ok(())
}

async fn operate(registry: &HealthRegistry) -> Result<(), Box<dyn Error>> {
    println!("the values of two of the six, and who says so:");
    print_origins(registry, "deps.qdrant.");
    print_origins(registry, "deps.claude_api.");
    try_claude(registry).await?;

    println!("\n$ edit {FILE}\n{GOOD}");
    edit(GOOD)?;
    registry.reload_config()?;
    println!("taken over:");
    print_origins(registry, "deps.claude_api.breaker.");
    try_claude(registry).await?;

    println!("\n$ edit {FILE}\n{BAD}");
    edit(BAD)?;
    // A service says `Config::watch` or `reload_on_hangup`: then this is in its log.
    if let Err(error) = registry.reload_config() {
        println!("not taken over: {error}\n\nstill in force:");
    }
    print_origins(registry, "deps.claude_api.breaker.");
    try_claude(registry).await?;
    if let Some(failed) = registry
        .config_status()
        .and_then(|status| status.last_error)
    {
        let problems = failed.error.problems().len();
        println!("  for a status page: the last reload failed, {problems} problems");
    }

    println!("\nwhat no file says: who answers while all six are down");
    everything_fails(registry).await
}

/// Prints the values in force under a path that somebody has set. `Config::origins` says the same of
/// a configuration by itself, before any program runs with it.
fn print_origins(registry: &HealthRegistry, under: &str) {
    let origins = registry.config_status().map(|status| status.origins);
    for origin in origins.iter().flat_map(|origins| origins.iter()) {
        if origin.source != Source::BuiltIn && origin.path.starts_with(under) {
            println!("  {origin}");
        }
    }
}

/// Calls an API that is down until its breaker trips.
async fn try_claude(registry: &HealthRegistry) -> Result<(), Box<dyn Error>> {
    let api = Api::new();
    api.fails(100, "connection refused");
    let mut calls = 0;
    while registry.health("claude_api")?.breaker != BreakerState::Open {
        ask_claude(&api).await.err();
        calls += 1;
    }
    let health = registry.health("claude_api")?;
    println!(
        "  in practice: {calls} calls of {} attempts each until it trips, for {} s with jitter",
        api.calls() / calls,
        health.backoff.as_secs(),
    );
    let why = Override::new("example", "to try it once more", Duration::from_secs(1));
    registry.reset("claude_api", why)?;
    Ok(())
}

/// Fails until every breaker is open. The levels of degradation are those of the file.
async fn everything_fails(registry: &HealthRegistry) -> Result<(), Box<dyn Error>> {
    let api = Api::new();
    api.fails(1_000, "connection refused");
    let mut answers = [""; 5];
    for _ in 0..8 {
        answers = [
            ask_claude(&api).await?,
            load_state(&api).await?,
            recall(&api).await?,
            search(&api).await?,
            notify(&api).await?,
        ];
    }
    for (call, answer) in ["ask", "load", "recall", "search", "notify"]
        .iter()
        .zip(answers)
    {
        println!("  {call:<8} {answer}");
    }
    println!("  {}", registry.degradation());
    Ok(())
}

fn edit(line: &str) -> std::io::Result<()> {
    std::fs::write(FILE, AS_IT_IS.replacen(LINE, line, 1))
}
