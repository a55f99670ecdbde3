//! An outage reads as a story in the log: unhealthy, recovering, healthy, each once and with its cause.

use health_lab::Server;
use tracing::Level;

use crate::logs::Logs;
use crate::service::{OFTEN, Service};

/// A transition of a breaker, as it was logged.
#[derive(Debug)]
struct Told {
    message: String,
    from: String,
    to: String,
    epoch: u64,
}

fn told_of(dependency: &str, logs: &Logs) -> Vec<Told> {
    let lines = logs.lines().into_iter();
    let of_breaker = lines.filter(|line| {
        line.level == Level::INFO
            && line.target == "health_runtime::breaker"
            && line.fields.contains(&format!("dependency={dependency} "))
            && line.fields.contains("epoch=")
    });
    of_breaker
        .map(|line| {
            let field = |name: &str| {
                let after = line.fields.split(&format!("{name}=")).nth(1).unwrap();
                after.split(' ').next().unwrap().to_owned()
            };
            Told {
                from: field("from"),
                to: field("to"),
                epoch: field("epoch").parse().unwrap(),
                message: line.message.clone(),
            }
        })
        .collect()
}

fn reads_as_one_outage(told: &[Told]) {
    let [first, .., last] = told else {
        panic!("too short for an outage: {told:#?}");
    };
    // Every transition is told, and none twice.
    let epochs: Vec<u64> = told.iter().map(|told| told.epoch).collect();
    let expected: Vec<u64> = (1..=told.len() as u64).collect();
    assert_eq!(epochs, expected, "{told:#?}");
    for pair in told.windows(2) {
        assert_eq!(pair[0].to, pair[1].from, "{told:#?}");
    }
    // One beginning and one end. Trials that failed may lie in between.
    let count = |from: &str, to: &str| {
        let matching = told
            .iter()
            .filter(|told| told.from == from && told.to == to);
        matching.count()
    };
    assert_eq!(count("closed", "open"), 1, "{told:#?}");
    assert_eq!(count("half-open", "closed"), 1, "{told:#?}");

    let start = "is unhealthy: closed -> open, 2 failures in a row (";
    assert!(first.message.contains(start), "{told:#?}");
    assert!(first.message.contains("); next trial in 0.4s"), "{told:#?}");
    let recovering = "is recovering: open -> half-open, cooldown over";
    let before_last = &told[told.len() - 2];
    assert!(before_last.message.ends_with(recovering), "{told:#?}");
    let healthy = "is healthy again: half-open -> closed, trial succeeded";
    assert!(last.message.ends_with(healthy), "{told:#?}");
}

#[tokio::test]
async fn of_a_redis_that_was_killed() {
    let logs = Logs::collect();
    let mut service = Service::start(OFTEN).await;
    assert!(told_of("redis", &logs).is_empty());
    service.redis.kill();
    service.is_reported_eventually("redis", "unhealthy").await;
    service.redis.restart_empty().await.unwrap();
    service.is_allowed_eventually().await;
    let told = told_of("redis", &logs);
    reads_as_one_outage(&told);
    assert!(
        told[0].message.contains("no connection to redis at ")
            || told[0].message.contains("PING failed"),
        "{told:#?}"
    );
    assert!(told_of("api", &logs).is_empty(), "nothing happened to it");
    let came_back = logs.at(Level::INFO, "health_runtime::breaker");
    let came_back = came_back
        .iter()
        .filter(|line| line.contains("came back as somebody else"));
    assert_eq!(came_back.count(), 1);
}

#[tokio::test]
async fn of_an_api_that_was_frozen() {
    let logs = Logs::collect();
    let service = Service::start(OFTEN).await;
    service.api.freeze().unwrap();
    service.is_reported_eventually("api", "unhealthy").await;
    service.api.thaw().unwrap();
    service.is_allowed_eventually().await;
    let told = told_of("api", &logs);
    reads_as_one_outage(&told);
    assert!(told[0].message.contains("did not answer"), "{told:#?}");
    let came_back = logs.at(Level::INFO, "health_runtime::breaker");
    assert!(
        !came_back
            .iter()
            .any(|line| line.contains("came back as somebody else"))
    );
}
