//! The state line: how the dependencies are doing, and how many sessions each copy has.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use health_runtime::{BreakerState, DependencyState, HealthRegistry};

use crate::timeline::{Timeline, Voice};
use crate::world::Copies;

/// Sessions that vanish one by one are counted this often.
const EVERY: Duration = Duration::from_millis(500);

/// Says a new line whenever it differs from the one before.
pub async fn run(registry: &HealthRegistry, copies: &Copies, timeline: &Timeline) -> Infallible {
    let (mut last, mut last_states, mut said) = (String::new(), ("", ""), Instant::now());
    loop {
        let [unguarded, breaker_only, annotated] = copies.ids().map(|ids| ids.len());
        let (redis, api) = (word(registry, "redis"), word(registry, "api"));
        let line = format!(
            "redis {redis:11} api {api:11} left: unguarded {unguarded:2}   breaker-only {breaker_only:2}   annotated {annotated:2}",
        );
        let is_due = (redis, api) != last_states || said.elapsed() >= EVERY;
        if line != last && is_due {
            timeline.say(Voice::State, &line);
            (last, last_states, said) = (line, (redis, api), Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn word(registry: &HealthRegistry, name: &str) -> &'static str {
    let Ok(health) = registry.health(name) else {
        return "? unknown";
    };
    match (health.breaker, health.state) {
        (BreakerState::Open | BreakerState::ForcedOpen, _) => "✕ open",
        (BreakerState::HalfOpen, _) => "◐ half-open",
        (_, DependencyState::Degraded) => "▲ degraded",
        _ => "● closed",
    }
}
