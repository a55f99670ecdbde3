//! Shows a downloader with a breaker for each host, and other values for each kind of call: a bad
//! host stops nobody else, one that says when to come back is left alone until then, and large files
//! are fetched two at a time.
//!
//! `cargo run --example downloader` takes no time: tokio's clock is paused and jumps. It prints one
//! line for each round of downloads, then what became of four large files, then what the registry
//! knows of the hosts, in its own words. `down.example` refuses connections. `busy.example` answers
//! 429 for a minute, with `Retry-After: 90`. `good.example` works, but has no `/old`, which is not
//! its fault.

use std::time::Duration;

use health_runtime::{
    Backoff, BreakerPolicy, Classify, Dependency, DependencyUnhealthy, HealthRegistry,
    InCurrentRegistry, Outcome, PolicyPatch, guarded, host, retry_after,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// Small and asked for often, so that its breaker is quick: to open, and to try again.
#[guarded(deps = ["http"], key = host(host_of(url)), role = "metadata")]
async fn metadata(web: Web, url: &str) -> Result<u16, Error> {
    web.get(url, Duration::from_millis(50)).await
}

/// A page for people.
#[guarded(deps = ["http"], key = host(host_of(url)), role = "landing")]
async fn landing(web: Web, url: &str) -> Result<u16, Error> {
    web.get(url, Duration::from_millis(300)).await
}

/// Large: it has ten minutes, and at most two are fetched at the same time, from whatever host.
#[guarded(deps = ["http"], key = host(host_of(url)), role = "artifact", bulkhead = 2)]
async fn artifact(web: Web, url: &str) -> Result<u16, Error> {
    web.get(url, Duration::from_secs(4)).await
}

/// What a role does not say is as it is for `http`.
///
/// A call must be let through by three breakers: that of its kind on its host, that of the host, and
/// that of `http`. Of the last two, whatever is below them counts once in a row: five hosts have to
/// fail before it is `http` that has failed.
fn http() -> Dependency {
    let metadata = PolicyPatch::new()
        .consecutive(2)
        .cooldown(Duration::from_secs(5))
        .timeout(Duration::from_secs(2));
    let landing = PolicyPatch::new()
        .consecutive(4)
        .timeout(Duration::from_secs(10));
    let artifact = PolicyPatch::new()
        .success_threshold(2)
        .timeout(Duration::from_secs(600));
    Dependency::new("http")
        .breaker(BreakerPolicy {
            backoff: Backoff {
                initial: Duration::from_secs(20),
                ..Backoff::default()
            },
            ..BreakerPolicy::default()
        })
        .role("metadata", metadata)
        .role("landing", landing)
        .role("artifact", artifact)
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A service says `health_runtime::builder().dependency(http())`, and then `init()`. A registry
    // with a seed has the same jitter whenever this is run.
    let registry = HealthRegistry::builder()
        .seed(7)
        .dependency(http())
        .build()?;
    let web = Web {
        started: Instant::now(),
    };
    registry.scope(rounds(web)).await;
    registry.scope(large_files(web)).await;

    println!("\nthe hosts, as the registry explains them:");
    for name in ["good.example", "BUSY.example.", "down.example"] {
        // In whatever way it is written, a host is one key.
        let words = registry.explain_key("http", host(name))?;
        // A line for the host, and one for each kind of call on it that is not well.
        for line in words.iter().flat_map(|words| words.lines()) {
            println!("  {line}");
        }
    }
    println!("the worst breakers:");
    for worst in registry.worst_keys("http", 3)? {
        println!(
            "  {:<13} {:<10} {}, {} calls refused",
            worst.key.as_deref().unwrap_or("every host"),
            worst.role.as_deref().unwrap_or("any call"),
            worst.state,
            worst.refusals,
        );
    }
    let keys = registry.keys("http")?;
    println!(
        "{} breakers of at most {}: {} open, {} half-open, {} closed with failures",
        keys.tracked, keys.max_keys, keys.open, keys.half_open, keys.degraded,
    );
    println!("{}", registry.explain("http")?);
    Ok(())
}

async fn rounds(web: Web) {
    println!(
        " time  {:<19} {:<19} {:<19} {:<9} good /old",
        "down metadata", "down landing", "busy metadata", "good"
    );
    for second in (0..=110).step_by(10) {
        sleep_until(web.started + Duration::from_secs(second)).await;
        println!(
            "{second:>3} s  {:<19} {:<19} {:<19} {:<9} {}",
            told(metadata(web, "https://down.example/index").await),
            told(landing(web, "https://down.example/").await),
            told(metadata(web, "https://busy.example/index").await),
            told(metadata(web, "https://good.example/index").await),
            told(metadata(web, "https://good.example/old").await),
        );
    }
}

async fn large_files(web: Web) {
    println!("\nfour large files at the same time:");
    let mut files = JoinSet::new();
    for url in [
        "https://good.example/a.tar",
        "https://good.example/b.tar",
        "https://good.example/c.tar",
        "https://good.example/d.tar",
    ] {
        let download = async move { println!("  {url}  {}", told(artifact(web, url).await)) };
        files.spawn(download.in_current_registry());
    }
    files.join_all().await;
}

fn told(answer: Result<u16, Error>) -> String {
    match answer {
        Ok(status) => status.to_string(),
        // A refusal says why it was one, and when to come back.
        Err(Error::Unhealthy(refusal)) => {
            format!("{}, {}s", refusal.reason(), refusal.retry_after_s())
        }
        Err(error) => error.to_string(),
    }
}

/// The host of a URL. A program with the crate `url` says `url.host_str()` in its annotations.
fn host_of(url: &str) -> &str {
    let (_scheme, rest) = url.split_once("://").unwrap_or(("", url));
    rest.split('/').next().unwrap_or(rest)
}

/// The world outside, by the clock.
#[derive(Clone, Copy)]
struct Web {
    started: Instant,
}

impl Web {
    async fn get(self, url: &str, takes: Duration) -> Result<u16, Error> {
        sleep(takes).await;
        match (host_of(url), self.started.elapsed().as_secs()) {
            ("down.example", _) => Err(Error::Connect("no connection")),
            ("busy.example", 0..60) => Err(Error::Status(429, Some("90"))),
            _ if url.ends_with("/old") => Err(Error::Status(404, None)),
            _ => Ok(200),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Connect(&'static str),
    /// A status, and the header `Retry-After`.
    #[error("{0}")]
    Status(u16, Option<&'static str>),
    #[error(transparent)]
    Unhealthy(#[from] DependencyUnhealthy),
}

impl Classify for Error {
    fn classify(&self) -> Outcome {
        match self {
            Self::Status(_, Some(header)) => {
                retry_after(header).map_or(Outcome::FAILURE, Outcome::RetryAfter)
            }
            _ => Outcome::FAILURE,
        }
    }

    /// Whether a status is a failure is for the table of the dependency to say: 404 is none.
    fn http_status(&self) -> Option<u16> {
        match self {
            Self::Status(status, _) => Some(*status),
            _ => None,
        }
    }
}
