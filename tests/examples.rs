//! The example programs, as a person would run them: each still tells the story that its header
//! promises, and tells it the same way every time.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

/// Every program that is one file in `examples/`. The demo has tests of its own.
const EXAMPLES: [&str; 6] = [
    "cache_refresher",
    "configured",
    "downloader",
    "poller",
    "state_lookup",
    "web_search",
];

/// What a program has printed.
struct Told(String);

impl Told {
    /// The examples are built with all tests, but not by `cargo test --test examples` alone.
    fn by(example: &str) -> Self {
        let this = std::env::current_exe().unwrap();
        let profile = this.parent().and_then(Path::parent).unwrap();
        let path = profile.join("examples").join(example);
        assert!(
            path.exists(),
            "{} is not there: run `cargo build --examples` first",
            path.display()
        );
        // Whatever is set where the tests run is not for the examples.
        let output = Command::new(path).env_clear().output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let complaints = String::from_utf8(output.stderr).unwrap();
        println!("{told}{complaints}");
        assert!(output.status.success(), "{example}: {}", output.status);
        assert_eq!(complaints, "");
        Self(told)
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.lines()
    }

    /// The lines that begin with a time, as the number of its second and the rest of the line.
    fn timeline(&self) -> Vec<(u64, &str)> {
        let timed = self.lines().filter_map(|line| {
            let (second, rest) = line.split_once(" s  ")?;
            Some((second.trim().parse().ok()?, rest))
        });
        timed.collect()
    }

    /// Looks for these texts, each in a line below that of the one before.
    fn tells_in_this_order(&self, texts: &[&str]) {
        let mut lines = self.lines();
        for text in texts {
            assert!(
                lines.any(|line| line.contains(text)),
                "nothing says `{text}`, or it comes too early"
            );
        }
    }
}

#[test]
fn no_example_is_forgotten_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = std::fs::read_dir(folder).unwrap();
    let mut programs: Vec<String> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    programs.sort_unstable();
    assert_eq!(programs, EXAMPLES);
}

#[test]
fn each_example_tells_the_same_whenever_it_is_run() {
    for example in EXAMPLES {
        let told = Told::by(example).0;
        // What is left to chance often comes out the same twice.
        for _ in 0..5 {
            assert_eq!(Told::by(example).0, told, "{example}");
        }
    }
}

#[test]
fn the_search_is_answered_by_whoever_is_left_and_the_counts_agree() {
    let told = Told::by("web_search");
    let answers: Vec<&str> = told
        .timeline()
        .iter()
        .filter_map(|(_, rest)| rest.split_whitespace().next())
        .collect();
    let mut turns = answers.clone();
    turns.dedup();
    assert_eq!(turns, ["exa", "tavily", "nobody", "tavily", "exa"]);

    let by = |who| answers.iter().filter(|answer| **answer == who).count();
    told.tells_in_this_order(&[
        "tavily       4.1 s  closed     closed",
        "tavily       0.0 s  open       closed",
        "search unavailable (connection refused)",
        "open       open       search unavailable (Dependency tavily_api unhealthy; retry in ",
        &format!(
            "unavailable answered for ask_tavily (tavily_api) {} times",
            by("nobody")
        ),
        &format!(
            "ask_tavily answered for search (exa_api) {} times",
            by("tavily") + by("nobody")
        ),
    ]);
}

#[test]
fn a_cached_answer_says_so_and_nothing_is_deleted_on_its_word() {
    Told::by("state_lookup").tells_in_this_order(&[
        "s1 is running   from the Store, level 0 (normal)",
        "s1 is running   from the Cache, level 0 (normal)",
        "-- level 1 (state degraded)",
        "s1 is running   from the Cache, level 1 (state degraded)",
        "s1 not deleted: System unhealthy; retry in ",
        "denied: firebase is unhealthy",
        "s2: Dependency firebase unhealthy; retry in ",
        "-- level 0 (normal)",
        "s1 is running   from the Store, level 0 (normal)",
        "s1 not deleted: System unhealthy; retry in ",
        "denied: firebase healthy for ",
        "s1 deleted",
        "s1: no such session, level 0 (normal)",
    ]);
}

#[test]
fn a_bad_host_stops_nobody_else_and_a_busy_one_is_left_alone() {
    let told = Told::by("downloader");
    let rounds = told.timeline();
    assert_eq!(rounds.len(), 12);
    for (second, round) in &rounds {
        assert!(round.ends_with("200       404"), "{second}: {round}");
    }

    // After its second 429 it is not asked for 90 seconds, and then it answers.
    let busy = |round: &str| round[40..60].trim_end().to_owned();
    let (asked, rest) = rounds.split_at(2);
    assert!(asked.iter().all(|(_, round)| busy(round) == "429"));
    let (last, left_alone) = rest.split_last().unwrap();
    let refused = |round| busy(round).starts_with("circuit open, ");
    assert!(left_alone.iter().all(|(_, round)| refused(round)));
    assert_eq!(busy(last.1), "200");

    let of_files = |end: &str| {
        let files = told.lines().filter(|line| line.contains(".tar"));
        files.filter(|line| line.ends_with(end)).count()
    };
    assert_eq!((of_files("  saturated, 1s"), of_files("  200")), (2, 2));
    told.tells_in_this_order(&[
        "http[good.example] is healthy, breaker closed",
        "http[busy.example] is healthy, breaker closed",
        "http[down.example] is degraded, breaker closed",
        "http[down.example, role landing] is unhealthy, breaker open",
        "http[down.example, role metadata] is unhealthy, breaker open",
        "down.example  metadata   unhealthy, ",
        "breakers of at most 10000: 2 open, ",
        "http is healthy, breaker closed",
    ]);
}

#[test]
fn a_good_edit_is_taken_over_and_a_bad_one_changes_nothing() {
    Told::by("configured").tells_in_this_order(&[
        "deps.qdrant.breaker.consecutive = 8  # env HEALTH_RUNTIME__DEPS__QDRANT__BREAKER__CONSECUTIVE (file strategy_matrix.toml:",
        "deps.claude_api.breaker.consecutive = 3  # file strategy_matrix.toml:",
        "in practice: 3 calls of 3 attempts each until it trips",
        "$ edit strategy_matrix.toml",
        "taken over:",
        "deps.claude_api.breaker.consecutive = 5  # file strategy_matrix.toml:",
        "in practice: 5 calls of 3 attempts each until it trips",
        "$ edit strategy_matrix.toml",
        "not taken over: 2 problems in the configuration:",
        "unknown key `consecutve` in `deps.claude_api.breaker`; did you mean `consecutive`?",
        "`open_for`: expected a duration: write `20s`",
        "still in force:",
        "deps.claude_api.breaker.consecutive = 5  # file strategy_matrix.toml:",
        "in practice: 5 calls of 3 attempts each until it trips",
        "the last reload failed, 2 problems",
        "ask      sorry, I cannot think right now",
        "level 4 (critical)",
    ]);
}

#[test]
fn the_poller_slows_down_after_an_error_and_comes_back_by_itself() {
    let told = Told::by("poller");
    let polls = told.timeline();
    let error = polls
        .iter()
        .position(|(_, poll)| *poll == "normal   503 for once")
        .unwrap();
    let [before, at, after] = [polls[error - 1], polls[error], polls[error + 1]];
    assert_eq!(at.0 - before.0, 10);
    assert_eq!(after, (at.0 + 40, "reduced  polled"));
    told.tells_in_this_order(&[
        "normal   connection refused",
        "reduced  connection refused",
        "reduced  polled",
        "normal   polled",
    ]);
}

#[test]
fn the_refresher_reads_less_after_an_outage_and_ends_with_all_rows() {
    Told::by("cache_refresher").tells_in_this_order(&[
        "normal   100 rows, 200 of 500",
        "connection refused",
        "-- level 1 (cache is stale)",
        "reduced   25 rows, 225 of 500",
        "-- level 0 (normal)",
        "rows, 500 of 500",
    ]);
}
