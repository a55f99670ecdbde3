//! Shows a search that always answers: by Exa, else by Tavily, else by a text that says so. Each
//! step is a function of its own, and names the one that answers for it.
//!
//! `cargo run --example web_search` takes no time: tokio's clock is paused and jumps. It prints one
//! line for each search: who answered, how long that took, and the two breakers after it. Exa hangs
//! from second 10 to second 70, Tavily refuses connections from second 35 to second 60. The end
//! tells who answered for whom, and how often: what answered for Tavily has answered for Exa, too.

use std::time::Duration;

use health_runtime::{
    Backoff, BreakerPolicy, Criticality, Dependency, DependencyUnhealthy, HealthRegistry, guarded,
};
use tokio::time::{Instant, sleep_until};

/// Two tries of two seconds each: while Exa hangs and its breaker is closed, a search is slow.
#[guarded(
    deps = ["exa_api"],
    timeout = "2s",
    attempts = 2,
    backoff = "200ms..5s",
    fallback = ask_tavily
)]
async fn search(web: Web, query: &str) -> Result<Answer, Error> {
    web.exa().await?;
    Ok(Answer::of("exa", format!("10 links for `{query}`")))
}

/// Takes the arguments of `search`. It is guarded itself, and that makes a chain of the two.
#[guarded(deps = ["tavily_api"], timeout = "2s", attempts = 2, fallback = unavailable)]
async fn ask_tavily(web: Web, query: &str) -> Result<Answer, Error> {
    web.tavily()?;
    Ok(Answer::of("tavily", format!("5 links for `{query}`")))
}

/// The end of the chain needs no dependency. It takes one argument more: what went wrong before.
fn unavailable(_: Web, _: &str, error: Error) -> Result<Answer, Error> {
    let text = format!("search unavailable ({error})");
    Ok(Answer::of("nobody", text))
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let search_engine = |name| {
        Dependency::new(name)
            .criticality(Criticality::Medium)
            .breaker(BreakerPolicy {
                consecutive: Some(3),
                backoff: Backoff {
                    initial: Duration::from_secs(30),
                    max: Duration::from_secs(120),
                    ..Backoff::default()
                },
                ..BreakerPolicy::default()
            })
    };
    // A service says the same to `health_runtime::builder()`, and then `init()`. A registry with a
    // seed has the same jitter whenever this is run.
    let registry = HealthRegistry::builder()
        .seed(7)
        .dependency(search_engine("exa_api"))
        .dependency(search_engine("tavily_api"))
        .build()?;

    println!(" time  answered by   took  exa        tavily     answer");
    registry.scope(ask_for_two_minutes()).await?;

    println!();
    for counts in registry.fallbacks() {
        println!(
            "{} answered for {} ({}) {} times",
            counts.fallback,
            counts.function,
            counts.deps.join(", "),
            counts.answered
        );
    }
    Ok(())
}

async fn ask_for_two_minutes() -> Result<(), Box<dyn std::error::Error>> {
    let registry = HealthRegistry::current();
    let started = Instant::now();
    for second in (0..120).step_by(5) {
        let asked = started + Duration::from_secs(second);
        sleep_until(asked).await;
        let answer = search(Web { started }, "rust").await?;
        println!(
            "{second:>3} s  {:<11} {:>4.1} s  {:<9}  {:<9}  {}",
            answer.by,
            asked.elapsed().as_secs_f32(),
            registry.health("exa_api")?.breaker,
            registry.health("tavily_api")?.breaker,
            answer.text,
        );
    }
    Ok(())
}

struct Answer {
    by: &'static str,
    text: String,
}

impl Answer {
    const fn of(by: &'static str, text: String) -> Self {
        Self { by, text }
    }
}

/// The world outside, by the clock.
#[derive(Clone, Copy)]
struct Web {
    started: Instant,
}

impl Web {
    async fn exa(self) -> Result<(), Error> {
        match self.started.elapsed().as_secs() {
            10..70 => std::future::pending().await,
            _ => Ok(()),
        }
    }

    fn tavily(self) -> Result<(), Error> {
        match self.started.elapsed().as_secs() {
            35..60 => Err(Error::Web("connection refused")),
            _ => Ok(()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Web(&'static str),
    #[error(transparent)]
    Unhealthy(#[from] DependencyUnhealthy),
}
