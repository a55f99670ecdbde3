//! HTTP statuses: the table of whoever is to blame decides.

use std::time::Duration;

use health_runtime::{
    BreakerPolicy, BreakerState, Classify, Dependency, DependencyUnhealthy, HealthRegistry,
    HttpStatuses, Outcome, guarded,
};

/// Says "neutral" of itself, so that only a table can make a failure of it.
#[derive(Debug, Clone, Copy)]
struct Answer {
    status: Option<u16>,
    of: Option<&'static str>,
    retry_after: Option<Duration>,
}

impl From<DependencyUnhealthy> for Answer {
    fn from(_: DependencyUnhealthy) -> Self {
        status(0)
    }
}

impl Classify for Answer {
    fn classify(&self) -> Outcome {
        self.retry_after
            .map_or(Outcome::Neutral, Outcome::RetryAfter)
    }

    fn dependency(&self) -> Option<&str> {
        self.of
    }

    fn http_status(&self) -> Option<u16> {
        self.status
    }
}

const fn status(status: u16) -> Answer {
    Answer {
        status: Some(status),
        of: None,
        retry_after: None,
    }
}

#[guarded(deps = ["search"])]
async fn search(answer: Answer) -> Result<(), Answer> {
    Err(answer)
}

#[guarded(deps = ["search", "pages"])]
async fn both(answer: Answer) -> Result<(), Answer> {
    Err(answer)
}

/// `search` answers 418 when it has too much to do, and 500 to what it cannot parse.
fn registry() -> HealthRegistry {
    let statuses = HttpStatuses::default()
        .failure(418)
        .neutral(500)
        .success(404);
    let once = BreakerPolicy {
        consecutive: Some(1),
        ..BreakerPolicy::default()
    };
    HealthRegistry::builder()
        .dependency(
            Dependency::new("search")
                .http_statuses(statuses)
                .breaker(once.clone()),
        )
        .dependency(Dependency::new("pages").breaker(once))
        .build()
        .unwrap()
}

/// Whether one such answer opens the breakers of `search` and of `pages`.
async fn opens<E>(call: impl Future<Output = Result<(), E>>) -> [bool; 2] {
    let registry = registry();
    assert!(registry.scope(call).await.is_err());
    ["search", "pages"].map(|name| registry.health(name).unwrap().breaker == BreakerState::Open)
}

#[health_runtime::test]
async fn the_table_of_the_dependency_decides() {
    for (code, is_failure) in [(418, true), (500, false), (404, false), (503, true)] {
        assert_eq!(
            opens(search(status(code))).await,
            [is_failure, false],
            "{code}"
        );
    }
}

#[health_runtime::test]
async fn without_a_status_the_error_decides() {
    let answer = Answer {
        status: None,
        retry_after: Some(Duration::from_secs(5)),
        ..status(0)
    };
    assert_eq!(opens(search(answer)).await, [true, false]);
    let answer = Answer {
        retry_after: None,
        ..answer
    };
    assert_eq!(opens(search(answer)).await, [false, false]);
}

#[health_runtime::test]
async fn what_the_error_says_of_the_wait_stays() {
    let wait = Duration::from_secs(300);
    let answer = Answer {
        retry_after: Some(wait),
        ..status(418)
    };
    let registry = registry();
    assert!(registry.scope(search(answer)).await.is_err());
    assert_eq!(registry.health("search").unwrap().retry_after, wait);
    // Also what it says is not asked, where the table says that it is no failure.
    let answer = Answer {
        status: Some(500),
        ..answer
    };
    assert_eq!(opens(search(answer)).await, [false, false]);
}

#[health_runtime::test]
async fn with_several_dependencies_the_table_of_whoever_is_to_blame_decides() {
    let of = |of, code| Answer {
        of: Some(of),
        ..status(code)
    };
    assert_eq!(opens(both(of("search", 418))).await, [true, false]);
    assert_eq!(opens(both(of("pages", 418))).await, [false, false]);
    assert_eq!(opens(both(of("search", 500))).await, [false, false]);
    assert_eq!(opens(both(of("pages", 500))).await, [false, true]);
}

#[health_runtime::test]
async fn with_several_dependencies_and_none_to_blame_the_table_of_the_first_decides() {
    let registry = registry();
    assert!(registry.scope(both(status(500))).await.is_err());
    for name in ["search", "pages"] {
        assert!(
            registry.health(name).unwrap().last_error.is_none(),
            "{name}"
        );
    }
    assert!(registry.scope(both(status(418))).await.is_err());
    for name in ["search", "pages"] {
        // Degraded, and not counted: nobody knows whose it is.
        let health = registry.health(name).unwrap();
        assert!(health.last_error.is_some(), "{name}");
        assert_eq!(health.breaker, BreakerState::Closed, "{name}");
    }
}

#[health_runtime::test]
async fn a_status_that_proves_that_it_works_takes_failures_away() {
    let registry = HealthRegistry::builder()
        .dependency(Dependency::new("search").http_statuses(HttpStatuses::default().success(404)))
        .build()
        .unwrap();
    registry.record_failure("search", "the one before");
    assert!(registry.scope(search(status(410))).await.is_err());
    assert_eq!(registry.health("search").unwrap().consecutive_failures, 1);
    assert!(registry.scope(search(status(404))).await.is_err());
    assert_eq!(registry.health("search").unwrap().consecutive_failures, 0);
}

#[test]
fn a_table_with_numbers_that_are_no_statuses_is_refused_with_all_of_them() {
    let statuses = HttpStatuses::default().failure(42).neutral(1000);
    let problems = HealthRegistry::builder()
        .dependency(Dependency::new("search").http_statuses(statuses))
        .build()
        .unwrap_err();
    assert_eq!(
        problems.problems(),
        [
            "dependency `search`: an HTTP status must be in 100..=599, got 42",
            "dependency `search`: an HTTP status must be in 100..=599, got 1000"
        ]
    );
}
