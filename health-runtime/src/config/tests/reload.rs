//! A configuration that changes while the service runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tracing::{Event, Level, Metadata, Subscriber, span};

use super::super::{Config, ConfigStatus};
use super::{policy, start};
use crate::error::DependencyUnhealthy;
use crate::init::HealthGuard;
use crate::state::{BreakerState, Criticality};

/// A directory with a configuration file.
struct Disk {
    directory: TempDir,
}

impl Disk {
    fn new(text: &str) -> Self {
        let disk = Self {
            directory: TempDir::new().unwrap(),
        };
        disk.write(text);
        disk
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("health.toml")
    }

    fn write(&self, text: &str) {
        fs::write(self.path(), text).unwrap();
    }

    fn config(&self) -> Config {
        Config::file(self.path()).without_env()
    }
}

fn with_consecutive(failures: u32) -> String {
    format!(
        "version = 1\n[deps.redis.breaker]\nconsecutive = {failures}\nopen_for = \"10m\"\nopen_for_max = \"20m\"\n"
    )
}

const BAD: &str = "version = 1\n[deps.redis.breaker]\nconsecutive = 3\nopen_for = 30\n";

fn status(guard: &HealthGuard) -> ConfigStatus {
    guard.registry().config_status().unwrap()
}

fn consecutive(guard: &HealthGuard) -> Option<u32> {
    let entry = guard.registry().directory().get("redis").unwrap();
    entry.lock().policy().consecutive
}

/// Waits until `is_so`, for as long as a machine that is busy may need.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came to pass: {what}");
}

#[tokio::test(start_paused = true)]
async fn a_bad_file_keeps_the_last_good_values_and_a_good_one_replaces_them() {
    let disk = Disk::new(&with_consecutive(2));
    let guard = start(disk.config(), &["redis"]).await.unwrap();
    let registry = guard.registry();
    assert_eq!(status(&guard).file, Some(disk.path()));

    disk.write(BAD);
    let error = registry.reload_config().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("health.toml:4:12: `open_for`: expected a duration: write `30s`"),
        "{error}"
    );
    // All or nothing: the key that is sound in the bad file has not been taken either.
    assert_eq!(consecutive(&guard), Some(2));
    assert_eq!(status(&guard).last_error.unwrap().error, error);
    assert_eq!(status(&guard).reloads, 0);

    disk.write(&with_consecutive(4));
    registry.reload_config().unwrap();
    assert_eq!(consecutive(&guard), Some(4));
    assert!(status(&guard).last_error.is_none());
    assert_eq!(status(&guard).reloads, 1);
    let origins = status(&guard).origins;
    let origin = origins
        .iter()
        .find(|origin| origin.path == "deps.redis.breaker.consecutive")
        .unwrap();
    assert_eq!(origin.value, "4");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_has_gone_is_an_error_and_not_an_empty_configuration() {
    let disk = Disk::new(&with_consecutive(2));
    let guard = start(disk.config(), &["redis"]).await.unwrap();
    fs::remove_file(disk.path()).unwrap();
    let error = guard.registry().reload_config().unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
    assert_eq!(consecutive(&guard), Some(2));
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_and_the_failures_of_a_closed_one_survive_a_reload() {
    let disk = Disk::new(&with_consecutive(2));
    let guard = start(disk.config(), &["redis", "api"]).await.unwrap();
    let registry = guard.registry();
    registry.record_failure("redis", "refused");
    registry.record_failure("redis", "refused");
    registry.record_failure("api", "refused");
    let epoch = |name: &str| registry.directory().get(name).unwrap().lock().epoch();
    let before = (epoch("redis"), epoch("api"));
    assert_eq!(
        registry.health("redis").unwrap().breaker,
        BreakerState::Open
    );

    disk.write(&format!(
        "{}[deps.api]\nbreaker.consecutive = 2\n",
        with_consecutive(9)
    ));
    registry.reload_config().unwrap();
    assert_eq!(
        registry.health("redis").unwrap().breaker,
        BreakerState::Open
    );
    assert_eq!((epoch("redis"), epoch("api")), before);
    // The failure of before is the first of the two that trip it now.
    registry.record_failure("api", "refused");
    assert_eq!(registry.health("api").unwrap().breaker, BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_out_of_the_file_goes_back_to_what_the_code_says() {
    let disk = Disk::new(&format!(
        "{}[deps.redis]\ncriticality = \"low\"\n",
        "version = 1\n[gate]\nsettle = \"1s\"\n"
    ));
    let guard = start(disk.config(), &["redis"]).await.unwrap();
    let entry = guard.registry().directory().get("redis").unwrap();
    assert_eq!(entry.settings().criticality, Criticality::Low);
    disk.write("version = 1\n");
    guard.registry().reload_config().unwrap();
    assert_eq!(entry.settings().criticality, Criticality::Critical);
    assert_eq!(
        guard.registry().gate().policy().settle,
        Duration::from_secs(10)
    );
}

#[tokio::test(start_paused = true)]
async fn proof_of_health_is_asked_for_anew_only_when_the_gate_has_changed() {
    let disk = Disk::new("version = 1\n");
    let guard = start(disk.config(), &["redis"]).await.unwrap();
    let entry = guard.registry().directory().get("redis").unwrap();
    let before = entry.lock().voids();
    disk.write(&with_consecutive(7));
    guard.registry().reload_config().unwrap();
    assert_eq!(entry.lock().voids(), before);
    disk.write("version = 1\n[gate]\nsettle = \"20s\"\n");
    guard.registry().reload_config().unwrap();
    assert!(entry.lock().voids() > before);
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_becomes_critical_ends_what_the_gate_remembers() {
    let disk = Disk::new("version = 1\n[deps.redis]\ncriticality = \"low\"\n");
    let guard = start(disk.config(), &["redis"]).await.unwrap();
    let before = guard.registry().gate().version();
    // Something else that changes, so that the reload is one.
    disk.write("version = 1\n[deps.redis]\ncriticality = \"low\"\n[defaults.call]\nattempts = 2\n");
    guard.registry().reload_config().unwrap();
    assert_eq!(status(&guard).reloads, 1);
    assert_eq!(guard.registry().gate().version(), before);
    disk.write("version = 1\n[defaults.call]\nattempts = 2\n");
    guard.registry().reload_config().unwrap();
    assert!(guard.registry().gate().version() > before);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_was_updated_keeps_what_no_operator_has_said() {
    use crate::breaker::FailureRate;
    use crate::{BreakerPolicy, BulkheadPolicy, Policy, RetryPolicy};
    let text = "version = 1\n[deps.redis]\nbreaker.min_calls = 50\nbackpressure.queue = 3\ncall.retry_ratio = 0.5\n";
    let of_code = |rate, cap, min_per_second| Policy {
        breaker: BreakerPolicy {
            failure_rate: Some(FailureRate {
                rate,
                window: crate::Window::Time(Duration::from_secs(30)),
                min_calls: 20,
            }),
            ..BreakerPolicy::default()
        },
        bulkhead: Some(BulkheadPolicy::new(cap)),
        retry: RetryPolicy {
            budget: Some(crate::RetryBudget {
                min_per_second,
                ..Default::default()
            }),
            ..RetryPolicy::default()
        },
        ..Policy::default()
    };
    let code = crate::Dependency::new("redis").policy(of_code(0.5, 64, 1));
    let disk = Disk::new(text);
    let guard = super::start_with(disk.config(), [code]).await.unwrap();
    let registry = guard.registry();
    let change = registry.update_policy("redis", of_code(0.2, 8, 7)).unwrap();
    assert!(!change.is_empty());
    for turn in ["updated", "reloaded"] {
        let seen = policy(&guard, "redis", None, None);
        let rate = seen.breaker.failure_rate.unwrap();
        assert_eq!((rate.rate, rate.min_calls), (0.2, 50), "{turn}");
        let cap = seen.bulkhead.unwrap();
        assert_eq!((cap.max_in_flight, cap.queue), (8, 3), "{turn}");
        let budget = seen.retry.budget.unwrap();
        assert_eq!((budget.ratio, budget.min_per_second), (0.5, 7), "{turn}");
        registry.reload_config().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_reload_is_laid_over_the_code_in_force_or_refused_as_a_whole() {
    use crate::{BreakerPolicy, Policy};
    let disk = Disk::new("version = 1\n");
    let guard = start(disk.config(), &["api", "redis"]).await.unwrap();
    let registry = guard.registry();
    let mut breaker = BreakerPolicy::default();
    breaker.backoff.max = Duration::from_secs(40);
    let updated = Policy {
        breaker,
        ..Policy::default()
    };
    let change = registry.update_policy("redis", updated).unwrap();
    assert!(!change.is_empty());

    // Sound over the code of the start, whose longest cooldown is longer.
    disk.write(
        "version = 1\n[deps.api.breaker]\nconsecutive = 9\n[deps.redis.breaker]\nopen_for = \"50s\"\n",
    );
    let error = registry.reload_config().unwrap_err();
    let told = "health.toml:5:1: `deps.redis`: breaker.open_for_max (40s) must not be shorter";
    assert!(error.to_string().contains(told), "{error}");
    assert_eq!(status(&guard).last_error.unwrap().error, error);
    let of_api = policy(&guard, "api", None, None).breaker.consecutive;
    assert_eq!(of_api, Some(5));

    disk.write("version = 1\n[deps.redis.breaker]\nopen_for = \"20s\"\n");
    registry.reload_config().unwrap();
    let origins = status(&guard).origins;
    let of = |path: &str| origins.iter().find(|origin| origin.path == path).unwrap();
    let longest = of("deps.redis.breaker.open_for_max");
    assert_eq!(
        longest.to_string(),
        "deps.redis.breaker.open_for_max = 40s  # code"
    );
}

#[tokio::test(start_paused = true)]
async fn what_fits_the_operator_alone_is_put_into_force_for_nobody() {
    let disk = Disk::new("version = 1\n[deps.redis.breaker]\nopen_for_max = \"10m\"\n");
    let guard = start(disk.config(), &["api", "redis"]).await.unwrap();
    let registry = guard.registry();
    let mut breaker = crate::BreakerPolicy::default();
    breaker.backoff.initial = Duration::from_secs(50);
    breaker.backoff.max = Duration::from_secs(40);
    let leaning = crate::Policy {
        breaker,
        ..crate::Policy::default()
    };
    // Sound only with what the file says.
    let change = registry.update_policy("redis", leaning).unwrap();
    assert!(!change.is_empty());
    disk.write("version = 1\n[deps.api.breaker]\nconsecutive = 9\n");
    let error = registry.reload_config().unwrap_err();
    assert!(
        error.to_string().contains("`redis` does not fit"),
        "{error}"
    );
    assert_eq!(status(&guard).last_error.unwrap().error, error);
    let of_api = policy(&guard, "api", None, None).breaker.consecutive;
    assert_eq!((of_api, status(&guard).reloads), (Some(5), 0));
}

#[tokio::test(start_paused = true)]
async fn what_was_read_before_another_reload_does_not_undo_it() {
    let disk = Disk::new(&with_consecutive(2));
    let guard = start(disk.config(), &["redis"]).await.unwrap();
    let live = guard.registry().config().live().unwrap();
    disk.write(&with_consecutive(3));
    let (turns, stale) = (live.turns(), live.read());
    disk.write(&with_consecutive(4));
    live.reload().unwrap();
    live.take_settled(stale, turns).unwrap();
    assert_eq!(consecutive(&guard), Some(4));
}

#[tokio::test(start_paused = true)]
async fn another_policy_reaches_the_keys_that_are_there_already() {
    let disk = Disk::new("version = 1\n");
    let guard = start(disk.config(), &["redis"]).await.unwrap();
    let registry = guard.registry();
    let entry = registry.directory().get("redis").unwrap();
    let keyed = entry.keyed(Some("a.com"), None).unwrap();
    let in_force = || keyed.lock().policy().consecutive;
    assert_eq!(in_force(), Some(5));
    let breaker = crate::BreakerPolicy {
        consecutive: Some(3),
        ..crate::BreakerPolicy::default()
    };
    let updated = crate::Policy {
        breaker,
        ..crate::Policy::default()
    };
    let change = registry.update_policy("redis", updated).unwrap();
    assert_eq!((change.is_empty(), in_force()), (false, Some(3)));
    disk.write("version = 1\n[deps.redis.keys.\"a.com\".breaker]\nconsecutive = 2\n");
    registry.reload_config().unwrap();
    assert_eq!(in_force(), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_watched_file_is_taken_over_and_a_bad_one_does_not_end_the_watch() {
    let disk = Disk::new(&with_consecutive(2));
    let guard = start(disk.config().watch(Duration::from_secs(1)), &["redis"])
        .await
        .unwrap();
    disk.write(BAD);
    until("the bad file is seen", || {
        status(&guard).last_error.is_some()
    })
    .await;
    assert_eq!(consecutive(&guard), Some(2));
    disk.write(&with_consecutive(6));
    until("the good file is taken", || consecutive(&guard) == Some(6)).await;
    assert!(status(&guard).last_error.is_none());
}

#[tokio::test(start_paused = true)]
async fn half_a_file_is_not_taken_for_a_configuration() {
    let disk = Disk::new(&with_consecutive(2));
    let guard = start(disk.config().watch(Duration::from_millis(100)), &["redis"])
        .await
        .unwrap();
    let whole = with_consecutive(44);
    // All but its last lines: `consecutive = 4`, which would be sound.
    let half = &whole[..whole.find("4\nopen_for").unwrap()];
    assert!(half.ends_with("= 4"), "{half}");
    tokio::time::sleep(Duration::from_millis(95)).await;
    disk.write(half);
    tokio::time::sleep(Duration::from_millis(15)).await;
    disk.write(&whole);
    until("the whole file is taken", || {
        consecutive(&guard) == Some(44)
    })
    .await;
    assert_eq!(status(&guard).reloads, 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_appears_is_taken_and_must_stay() {
    let directory = TempDir::new().unwrap();
    let discover = Config::new(super::super::File::Discover(directory.path().to_owned()));
    let config = discover.without_env().watch(Duration::from_secs(1));
    let guard = start(config, &["redis"]).await.unwrap();
    assert_eq!(status(&guard).file, None);
    let path = directory.path().join("health.toml");
    fs::write(&path, with_consecutive(7)).unwrap();
    until("the file is taken", || consecutive(&guard) == Some(7)).await;
    assert_eq!(status(&guard).file, Some(path.clone()));
    fs::remove_file(path).unwrap();
    until("it is missed", || status(&guard).last_error.is_some()).await;
    assert_eq!(consecutive(&guard), Some(7));
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_swapped_link_is_followed_as_kubernetes_swaps_them() {
    let directory = TempDir::new().unwrap();
    let at = |name: &str| directory.path().join(name);
    let version = |name: &str, failures| {
        fs::create_dir(at(name)).unwrap();
        fs::write(at(name).join("health.toml"), with_consecutive(failures)).unwrap();
    };
    let point_to = |name: &str| {
        std::os::unix::fs::symlink(name, at("..new")).unwrap();
        fs::rename(at("..new"), at("..data")).unwrap();
    };
    version("..1", 2);
    point_to("..1");
    std::os::unix::fs::symlink(Path::new("..data/health.toml"), at("health.toml")).unwrap();
    let config = Config::file(at("health.toml"))
        .without_env()
        .watch(Duration::from_secs(1));
    let guard = start(config, &["redis"]).await.unwrap();
    version("..2", 8);
    point_to("..2");
    fs::remove_dir_all(at("..1")).unwrap();
    until("the new version is taken", || {
        consecutive(&guard) == Some(8)
    })
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_hangup_reloads() {
    let disk = Disk::new(&with_consecutive(2));
    let guard = start(disk.config().reload_on_hangup(), &["redis"])
        .await
        .unwrap();
    disk.write(&with_consecutive(5));
    let me = std::process::id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-HUP", &me])
        .status()
        .unwrap();
    assert!(killed.success());
    until("the signal is heard", || consecutive(&guard) == Some(5)).await;
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_is_dropped_ends_the_watch_and_keeps_the_values() {
    let disk = Disk::new(&with_consecutive(2));
    let guard = start(disk.config().watch(Duration::from_secs(1)), &["redis"])
        .await
        .unwrap();
    let registry = guard.registry().clone();
    guard.shutdown().await;
    disk.write(&with_consecutive(6));
    tokio::time::sleep(Duration::from_secs(30)).await;
    let entry = registry.directory().get("redis").unwrap();
    assert_eq!(entry.lock().policy().consecutive, Some(2));
}

/// Counts warnings, and keeps what all lines say.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>, Arc<std::sync::Mutex<Vec<String>>>);

/// Keeps the message of a line, with its level.
struct Line(String);

impl tracing::field::Visit for Line {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0.push_str(&format!("{value:?}"));
        }
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO && metadata.target() == "health_runtime::config"
    }

    fn event(&self, event: &Event<'_>) {
        let level = *event.metadata().level();
        if level == Level::WARN {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        let mut line = Line(format!("{level} "));
        event.record(&mut line);
        self.1.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn a_bad_file_is_told_once_and_another_bad_one_again() {
    let warnings = Warnings::default();
    // With one subscriber in the process `tracing` asks that of the thread which comes by first,
    // and the other tests have none: their answer would hold for this one. Two are both asked.
    let _second = tracing::Dispatch::new(Warnings::default());
    let _told = tracing::subscriber::set_default(warnings.clone());
    let disk = Disk::new(&with_consecutive(2));
    let guard = start(disk.config().watch(Duration::from_secs(1)), &["redis"])
        .await
        .unwrap();
    let told = || warnings.0.load(Ordering::Relaxed);
    disk.write(BAD);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(told(), 1);
    // Whoever asks by hand is answered each time.
    guard.registry().reload_config().unwrap_err();
    assert_eq!(told(), 2);
    disk.write(&BAD.replace("30", "40"));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(told(), 3);
}

#[tokio::test(start_paused = true)]
async fn every_value_that_a_reload_changes_is_told_and_what_weakens_is_a_warning() {
    let lines = Warnings::default();
    // As above.
    let _second = tracing::Dispatch::new(Warnings::default());
    let _told = tracing::subscriber::set_default(lines.clone());
    let disk = Disk::new("version = 1\n[deps.redis.keys.x.breaker]\nconsecutive = 3\n");
    let guard = start(disk.config(), &["redis"]).await.unwrap();
    let told = || std::mem::take(&mut *lines.1.lock().unwrap());
    drop(told());
    disk.write(
        "version = 1\n[gate]\nmode = \"observe\"\nsettle = \"20s\"\n[deps.redis]\ncriticality = \"low\"\n",
    );
    guard.registry().reload_config().unwrap();
    let file = disk.path().display().to_string();
    let mut seen = told();
    seen.sort();
    assert_eq!(
        seen,
        [
            "INFO configuration reloaded".to_owned(),
            "INFO deps.redis.keys.x.breaker.consecutive: 3 -> inherited".to_owned(),
            format!("INFO gate.settle: 10s -> 20s (file {file}:4)"),
            format!("WARN deps.redis.criticality: critical -> low (file {file}:6)"),
            format!("WARN gate.mode: enforce -> observe (file {file}:3)"),
        ]
    );
    guard.registry().reload_config().unwrap();
    assert_eq!(
        told(),
        ["INFO configuration read anew: nothing has changed"]
    );
}

/// Real time and real threads: what is looked for are races.
#[test]
fn reloads_under_load_fail_no_call_and_lose_no_state() {
    const LASTS: Duration = Duration::from_secs(3);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let disk = Disk::new(&with_consecutive(3));
        let config = disk.config().watch(Duration::from_millis(10));
        let guard = start(config, &["redis", "down"]).await.unwrap();
        let registry = guard.registry();
        for _ in 0..5 {
            registry.record_failure("down", "refused");
        }
        registry
            .force_open(
                "down",
                crate::Override::new("test", "must stay open", Duration::from_secs(600)),
            )
            .unwrap();
        let epoch = registry.directory().get("down").unwrap().lock().epoch();

        let (stop, calls) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let (registry, stop, calls) =
                    (registry.clone(), Arc::clone(&stop), Arc::clone(&calls));
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        for _ in 0..100 {
                            let answer: Result<(), DependencyUnhealthy> =
                                registry.call("redis", async { Ok(()) }).await;
                            answer.unwrap();
                        }
                        calls.fetch_add(100, Ordering::Relaxed);
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();

        let began = Instant::now();
        let mut turn = 0;
        while began.elapsed() < LASTS {
            match turn % 4 {
                0 => disk.write(BAD),
                1 => disk.write(&with_consecutive(4)),
                2 => disk.write("version = 1\n[gate"),
                _ => disk.write(&with_consecutive(5)),
            }
            turn += 1;
            let before = calls.load(Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(50)).await;
            until("calls go on", || calls.load(Ordering::Relaxed) > before).await;
            let seen = consecutive(&guard);
            assert!(
                [Some(3), Some(4), Some(5)].contains(&seen),
                "not from a good file: {seen:?}"
            );
        }
        disk.write(BAD);
        until("the last file, a bad one, is seen", || {
            status(&guard).last_error.is_some()
        })
        .await;
        let last_good = consecutive(&guard);
        stop.store(true, Ordering::Relaxed);
        for caller in callers {
            caller.await.expect("a call failed");
        }

        println!(
            "{} calls, {} reloads of {turn} files",
            calls.load(Ordering::Relaxed),
            status(&guard).reloads
        );
        assert!(
            status(&guard).reloads > 5,
            "{} reloads",
            status(&guard).reloads
        );
        assert!([Some(4), Some(5)].contains(&last_good));
        let down = registry.directory().get("down").unwrap();
        assert_eq!(down.lock().epoch(), epoch, "its breaker has lost its state");
        assert_eq!(
            registry.health("down").unwrap().breaker,
            BreakerState::ForcedOpen
        );
        // What is in force for calls is what the last good file said. Its reload may still be on
        // its way: the error that was waited for can be that of a file before it.
        until("calls go by the last good file", || {
            policy(&guard, "redis", None, None).breaker.consecutive == consecutive(&guard)
        })
        .await;
    });
}
