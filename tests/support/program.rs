//! An example as the program that a person would run.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::Path;
use std::process::{Command, Output};

/// What a program has printed, and how it has ended.
pub(crate) struct Told {
    pub(crate) text: String,
    pub(crate) code: Option<i32>,
}

impl Told {
    /// The examples are built with all tests, but not by `cargo test --test` of one of them alone.
    pub(crate) fn by(example: &str, arguments: &[&str]) -> Self {
        let this = std::env::current_exe().unwrap();
        let profile = this.parent().and_then(Path::parent).unwrap();
        let path = profile.join("examples").join(example);
        assert!(
            path.exists(),
            "{} is not there: run `cargo build --example {example}` first",
            path.display()
        );
        let output = Command::new(path).args(arguments).output().unwrap();
        let Output {
            status,
            stdout,
            stderr,
        } = output;
        let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        println!("$ {example} {}\n{text}", arguments.join(" "));
        Self {
            text,
            code: status.code(),
        }
    }

    /// The line that begins so.
    pub(crate) fn line(&self, start: &str) -> &str {
        let found = self.text.lines().find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no line starts with `{start}`"))
    }

    /// The number at the end of the row of this name.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let rows = self.text.lines().map(str::trim);
        let row = rows.filter_map(|row| row.strip_prefix(name)).next();
        let number = row.unwrap_or_else(|| panic!("there is no row `{name}`"));
        number.trim().parse().unwrap()
    }
}
