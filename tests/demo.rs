//! The demo, as a person would run it: to its table, with and without Redis, with and without the
//! gate.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The example is built with the tests, but not by `cargo test --test demo` alone.
fn demo() -> Command {
    let this = std::env::current_exe().unwrap();
    let profile = this.parent().and_then(Path::parent).unwrap();
    let path: PathBuf = profile.join("examples/sessions");
    assert!(
        path.exists(),
        "{} is not there: run `cargo build --example sessions` first",
        path.display()
    );
    Command::new(path)
}

struct Told {
    text: String,
    code: Option<i32>,
}

impl Told {
    fn by(mut demo: Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = demo.output().unwrap();
        let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        println!("{text}");
        Self {
            text,
            code: status.code(),
        }
    }

    fn line(&self, start: &str) -> &str {
        let found = self.text.lines().find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no line starts with `{start}`"))
    }

    /// The live sessions lost in each act, those in all, and the dead ones removed of how many.
    fn row(&self, copy: &str) -> (Vec<usize>, usize, [usize; 2]) {
        let words = self.line(copy).split_whitespace().skip(1);
        let mut numbers: Vec<usize> = words.filter_map(|word| word.parse().ok()).collect();
        let dead = [numbers.pop().unwrap(), numbers.pop().unwrap()];
        let lost = numbers.pop().unwrap();
        assert_eq!(numbers.len(), 4, "an act is missing");
        (numbers, lost, [dead[1], dead[0]])
    }

    fn shows_what_each_reaper_loses(&self) {
        assert_eq!(self.code, Some(0));
        assert_eq!(self.row("annotated"), (vec![0; 4], 0, [6, 6]));

        let (acts, _, dead) = self.row("unguarded");
        assert!(
            acts.iter().all(|lost| *lost > 0),
            "each outage costs it something: {acts:?}"
        );
        assert_eq!((acts[0], acts[1], dead), (19, 19, [6, 6]));

        let (acts, _, dead) = self.row("breaker-only");
        assert_eq!(
            acts[1], 19,
            "a closed breaker does not see that Redis is empty"
        );
        assert!(
            acts[0] < 19,
            "but it limits what a plain outage costs: {acts:?}"
        );
        assert_eq!(dead, [6, 6]);

        let result = "RESULT  annotated: 0 live sessions lost, 6 of 6 dead ones removed, \
                      1 closed at its user's wish";
        assert_eq!(self.line("RESULT"), result);
        for chapter in [
            "redis is unhealthy: closed -> open",
            "redis came back as somebody else",
            "a connect to it still succeeds",
            "close_session(s07), not confirmed: \"System unhealthy; retry in ",
            "WARN   close_session bypassed the gate (alice: confirmed in the dialog)",
            "audit  close_session bypassed by alice",
            "the clean-up has finished",
        ] {
            let on_one_line = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let chapter = chapter.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(on_one_line.contains(&chapter), "nothing says `{chapter}`");
        }
        assert!(!self.text.contains('\x1b'), "no colour in a pipe");
        assert!(!self.text.contains("took too long"));
    }
}

#[test]
fn the_annotated_service_keeps_every_live_session_and_removes_every_dead_one() {
    Told::by(demo()).shows_what_each_reaper_loses();
}

#[test]
fn the_stand_in_tells_the_same_story_where_there_is_no_redis() {
    // What the watcher of each server needs, and nothing else.
    let path = tempfile::tempdir().unwrap();
    for program in ["sh", "rm"] {
        let all = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&all).map(|folder| folder.join(program));
        let found = found.into_iter().find(|path| path.exists()).unwrap();
        symlink(found, path.path().join(program)).unwrap();
    }
    let mut demo = demo();
    demo.env("PATH", path.path());
    let told = Told::by(demo);
    assert!(told.text.contains("redis-server is not on the PATH"));
    told.shows_what_each_reaper_loses();
}

/// Without this, the others could pass because nothing ever threatened the annotated copy.
#[test]
fn without_its_gate_the_annotated_service_loses_what_an_empty_redis_does_not_show() {
    let mut demo = demo();
    demo.args(["--gate", "observe"]);
    let told = Told::by(demo);
    assert_eq!(told.code, Some(1));
    let (acts, lost, _) = told.row("annotated");
    assert_eq!((acts[1], lost), (19, 19), "{acts:?}");
    assert!(told.line("RESULT").ends_with("THIS IS NOT AS IT SHOULD BE"));
}

#[test]
fn an_unknown_argument_is_an_error_and_help_is_not() {
    let told = |argument| {
        let mut demo = demo();
        demo.arg(argument);
        Told::by(demo)
    };
    let unknown = told("--holt");
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.text.contains("unexpected argument '--holt'"));
    assert!(unknown.text.contains("'--hold'"), "no advice");
    let help = told("--help");
    assert_eq!(help.code, Some(0));
    assert!(help.text.contains("--hold"));
}
