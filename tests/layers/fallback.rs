//! `fallback`: somebody else's answer.

use std::time::Duration;

use health_runtime::{HealthRegistry, Reason, guarded, testing};

use crate::support::{Dependency, Error};

#[guarded(deps = ["exa"], fallback = tavily)]
async fn search(query: &str, dependency: &Dependency) -> Result<String, Error> {
    dependency.ask()?;
    Ok(format!("exa: {query}"))
}

#[guarded(deps = ["tavily"], fallback = unavailable)]
async fn tavily(query: &str, _dependency: &Dependency) -> Result<String, Error> {
    Ok(format!("tavily: {query}"))
}

fn unavailable(query: &str, _: &Dependency, error: Error) -> Result<String, Error> {
    Ok(format!(
        "search unavailable for {query}: {:?}",
        error.reason()
    ))
}

#[health_runtime::test]
async fn a_call_that_fails_is_answered_by_the_fallback() {
    let dependency = Dependency::failing(&Error::Down);
    assert_eq!(search("rust", &dependency).await.unwrap(), "tavily: rust");
    let health = HealthRegistry::current().health("exa").unwrap();
    assert_eq!(health.consecutive_failures, 1, "it counts all the same");
}

#[health_runtime::test]
async fn a_call_that_is_refused_is_answered_by_the_chain() {
    testing::trip("exa");
    let dependency = Dependency::default();
    assert_eq!(search("rust", &dependency).await.unwrap(), "tavily: rust");
    testing::trip("tavily");
    let answer = search("rust", &dependency).await.unwrap();
    let reason = Reason::CircuitOpen;
    assert_eq!(
        answer,
        format!("search unavailable for rust: Some({reason:?})")
    );
    assert_eq!(dependency.times_asked(), 0);
}

#[health_runtime::test]
async fn an_answer_and_a_bad_question_are_not_for_the_fallback() {
    let dependency = Dependency::answers([Ok(1), Err(Error::NotFound)]);
    assert_eq!(search("rust", &dependency).await.unwrap(), "exa: rust");
    assert_eq!(search("rust", &dependency).await, Err(Error::NotFound));
}

#[health_runtime::test]
async fn what_answered_is_counted() {
    testing::trip("exa");
    let dependency = Dependency::default();
    search("rust", &dependency).await.unwrap();
    let counts = HealthRegistry::current().fallbacks();
    let [counts] = &counts[..] else {
        panic!("{counts:?}")
    };
    assert_eq!((counts.function, counts.fallback), ("search", "tavily"));
    assert_eq!((counts.answered, counts.failed), (1, 0));
}

#[guarded(deps = ["prices"], fallback = last_known, timeout = "1s")]
async fn price(of: String) -> u32 {
    tokio::time::sleep(Duration::from_secs(u64::from(of == "slow") * 60)).await;
    7
}

async fn last_known(of: String) -> u32 {
    of.len() as u32
}

#[health_runtime::test]
async fn with_a_fallback_that_always_answers_any_type_will_do() {
    assert_eq!(price("gold".to_owned()).await, 7);
    assert_eq!(price("slow".to_owned()).await, 4, "it ran out of time");
    testing::trip("prices");
    assert_eq!(price("silver".to_owned()).await, 6);
}
