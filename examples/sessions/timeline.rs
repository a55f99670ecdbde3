//! What the demo prints while it runs: each line with its time and who says it.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Lines are wrapped here. Piped or not: a log that is read later is read on a screen too.
const WIDTH: usize = 100;

/// Who says a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The demo: what is done to the servers.
    Act,
    /// The demo: what else to know.
    Note,
    /// The demo: breaker states and sessions left.
    State,
    /// `health-runtime`, through `tracing` at level INFO.
    Info,
    /// `health-runtime`, through `tracing` at level WARN.
    Warn,
    /// `health-runtime`, through its audit trail.
    Audit,
}

impl Voice {
    const fn name(self) -> &'static str {
        match self {
            Self::Act => "ACT",
            Self::Note | Self::State => "",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Audit => "audit",
        }
    }

    const fn colour(self) -> &'static str {
        match self {
            Self::Act => "\x1b[1;36m",
            Self::Note => "",
            Self::State => "\x1b[1m",
            Self::Info => "\x1b[2m",
            Self::Warn => "\x1b[33m",
            Self::Audit => "\x1b[35m",
        }
    }
}

/// Prints lines with the time since it was made.
pub struct Timeline {
    began: Instant,
    has_colour: bool,
    /// What is shortened wherever it occurs, and to what.
    short: Mutex<Vec<(String, &'static str)>>,
}

impl Timeline {
    pub fn begin() -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            began: Instant::now(),
            has_colour: std::io::stdout().is_terminal() && !no_colour,
            short: Mutex::default(),
        }
    }

    /// Prints `short` for `long` from now on: the path of a socket says little.
    pub fn shorten(&self, long: String, short: &'static str) {
        let mut all = self.short.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((long, short));
    }

    pub fn act(&self, text: &str) {
        self.print("");
        self.say(Voice::Act, text);
    }

    pub fn note(&self, text: &str) {
        self.say(Voice::Note, text);
    }

    pub fn say(&self, voice: Voice, text: &str) {
        let at = format!(
            "{:5.1}s  {:5}  ",
            self.began.elapsed().as_secs_f64(),
            voice.name()
        );
        let indent = at.chars().count();
        let text = self.shortened(text);
        let (on, off) = match (self.has_colour, voice.colour()) {
            (false, _) | (_, "") => ("", ""),
            (true, colour) => (colour, "\x1b[0m"),
        };
        let mut whole = String::new();
        for (index, line) in wrap(&text, WIDTH - indent).iter().enumerate() {
            match index {
                0 => whole += &format!("{at}{on}{line}{off}"),
                _ => whole += &format!("\n{:indent$}{on}{line}{off}", ""),
            }
        }
        self.print(&whole);
    }

    /// Prints without a time.
    pub fn print(&self, text: &str) {
        if writeln!(std::io::stdout().lock(), "{text}").is_err() {
            // Whoever was reading has gone (`| head`). The servers end with this process.
            std::process::exit(1);
        }
    }

    fn shortened(&self, text: &str) -> String {
        let all = self.short.lock().unwrap_or_else(PoisonError::into_inner);
        let text = all.iter().fold(text.to_owned(), |text, (long, short)| {
            text.replace(long, short)
        });
        let words = text.split(' ').map(without_tail_of_run_id);
        words.collect::<Vec<_>>().join(" ")
    }
}

/// The first eight digits of a `run_id` tell it from another one.
fn without_tail_of_run_id(word: &str) -> String {
    let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
    match digits {
        40 => word.replacen(&word.trim_start_matches('(')[8..40], "", 1),
        _ => word.to_owned(),
    }
}

/// Breaks a text between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is always one");
        let would_be = last.chars().count() + 1 + word.chars().count();
        if last.is_empty() {
            last.push_str(word);
        } else if would_be <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
