//! What a key can hold: how it is read, shown, and described to editors and readers.
//!
//! Files have types, environment variables have texts only; [`Strictness`] says which it is.

use std::fmt;
use std::time::Duration;

use super::duration;
use super::tree::{Scalar, Value};
use crate::breaker::Window;
use crate::name::nearest;

/// The type of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A duration that may be zero.
    Duration,
    /// A duration longer than zero.
    PositiveDuration,
    /// A duration longer than zero, or a word for what has none.
    DurationOr(&'static str),
    /// A whole number, this or more.
    Count(u32),
    /// A whole number of at least 1, or a word for none.
    CountOr(&'static str),
    /// A part of the whole, 0 to 1.
    Ratio,
    /// A number of at least 1.
    Factor,
    /// One of these words.
    Word(&'static [&'static str]),
    /// The first wait and the longest: `100ms..5s`.
    Range,
    /// A time, or a number of calls: `30s`, `100 calls`.
    Window,
    /// Any text but a blank one.
    Text,
    /// A list of names, at least one.
    Names,
}

/// What a key holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Setting {
    Duration(Duration),
    Count(u32),
    Number(f64),
    Word(&'static str),
    Range(Duration, Duration),
    Window(Window),
    Text(String),
    Names(Vec<String>),
    /// Nothing is said; whoever is asked for it says so in these words.
    Unsaid(&'static str),
}

/// Whether a number must be written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    Typed,
    /// Environment variables have no types.
    TextOnly,
}

impl Kind {
    /// Reads a value.
    ///
    /// # Errors
    ///
    /// What was found and what would be right, as a fragment.
    pub(super) fn read(self, value: &Value, strictness: Strictness) -> Result<Setting, String> {
        if let (Self::Names, Value::List(_)) = (self, value) {
            return names(value);
        }
        let Value::Scalar(scalar) = value else {
            return Err(format!("expected {self}, found {}", value.kind()));
        };
        let misfit = || Err(format!("expected {self}, found {}", found(value)));
        match (self, scalar) {
            (Self::DurationOr(word), Scalar::Text(text)) if text == word => Ok(Setting::Word(word)),
            (Self::CountOr(word), Scalar::Text(text)) if text == word => Ok(Setting::Word(word)),
            // A number is refused in there, with the unit that it lacks.
            (Self::Duration, Scalar::Text(text) | Scalar::Number(text)) => {
                duration::parse(text).map(Setting::Duration)
            }
            (Self::PositiveDuration, Scalar::Text(text) | Scalar::Number(text)) => {
                positive(text).map(Setting::Duration)
            }
            (Self::DurationOr(word), Scalar::Text(text) | Scalar::Number(text)) => positive(text)
                .map(Setting::Duration)
                .map_err(|message| format!("{message}; the other choice is `{word}`")),
            (Self::Range, Scalar::Text(text)) => range(text),
            (Self::Window, Scalar::Text(text) | Scalar::Number(text)) => window(text),
            (Self::Word(words), Scalar::Text(text)) => word(words, text),
            (Self::Word(words), Scalar::Bool(false)) if words.contains(&"disabled") => {
                Err(format!("expected {self}, found false; write `disabled`"))
            }
            (Self::Text, Scalar::Text(text)) if !text.trim().is_empty() => {
                Ok(Setting::Text(text.clone()))
            }
            (Self::Count(_) | Self::CountOr(_) | Self::Ratio | Self::Factor, scalar) => {
                match (scalar, strictness) {
                    (Scalar::Number(number), _) => self.number(number),
                    (Scalar::Text(text), Strictness::TextOnly) => self.number(text.trim()),
                    // As every language writes it: `1.` is a number to Rust alone.
                    (Scalar::Text(text), Strictness::Typed) => match self.number(text.trim()) {
                        Ok(number) => Err(format!(
                            "expected {self}, found a text; write {number} without quotes"
                        )),
                        Err(_) => misfit(),
                    },
                    _ => misfit(),
                }
            }
            _ => misfit(),
        }
    }

    fn number(self, text: &str) -> Result<Setting, String> {
        let misfit = || format!("expected {self}, found `{}`", text.escape_debug());
        match self {
            Self::Count(_) | Self::CountOr(_) => {
                let least = if let Self::Count(least) = self {
                    least
                } else {
                    1
                };
                let count: u32 = text.replace('_', "").parse().map_err(|_| misfit())?;
                if count < least {
                    Err(misfit())
                } else {
                    Ok(Setting::Count(count))
                }
            }
            _ => {
                let number: f64 = text.replace('_', "").parse().map_err(|_| misfit())?;
                let fits = match self {
                    Self::Ratio => (0.0..=1.0).contains(&number),
                    _ => number.is_finite() && number >= 1.0,
                };
                if fits {
                    Ok(Setting::Number(number))
                } else {
                    Err(misfit())
                }
            }
        }
    }

    /// The type of a value of this kind as JSON Schema has it.
    pub(super) fn json_schema(self) -> String {
        const SPAN: &str = r"([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d))+";
        let text = |pattern: &str| format!(r#""type": "string", "pattern": "^{pattern}$""#);
        let count = |least: u32| format!(r#""type": "integer", "minimum": {least}"#);
        let or = |usual: String, word: &str| {
            format!(r#""anyOf": [{{ {usual} }}, {{ "const": "{word}" }}]"#)
        };
        match self {
            Self::Duration | Self::PositiveDuration => text(SPAN),
            Self::DurationOr(word) => or(text(SPAN), word),
            Self::Count(least) => count(least),
            Self::CountOr(word) => or(count(1), word),
            Self::Ratio => r#""type": "number", "minimum": 0, "maximum": 1"#.to_owned(),
            Self::Factor => r#""type": "number", "minimum": 1"#.to_owned(),
            Self::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                format!(r#""enum": [{}]"#, words.join(", "))
            }
            Self::Range => text(&format!(r"{SPAN}\\.\\.{SPAN}")),
            Self::Window => text(&format!("([0-9]+ calls?|{SPAN})")),
            Self::Text => r#""type": "string", "minLength": 1"#.to_owned(),
            Self::Names => {
                r#""type": "array", "items": { "type": "string" }, "minItems": 1"#.to_owned()
            }
        }
    }
}

fn positive(text: &str) -> Result<Duration, String> {
    let zero = || Err(format!("must be longer than zero, found `{text}`"));
    if duration::in_seconds(text) == Some(Ok(Duration::ZERO)) {
        return zero();
    }
    match duration::parse(text)? {
        Duration::ZERO => zero(),
        span => Ok(span),
    }
}

fn range(text: &str) -> Result<Setting, String> {
    let shape = "write the first wait and the longest, such as `100ms..5s`";
    let (first, longest) = text.split_once("..").ok_or_else(|| {
        format!(
            "expected a range of durations, found `{}`; {shape}",
            text.escape_debug()
        )
    })?;
    let (first, longest) = (positive(first)?, positive(longest)?);
    if longest < first {
        return Err(format!(
            "the longest wait ({}) is shorter than the first ({}); {shape}",
            duration::show(longest),
            duration::show(first)
        ));
    }
    Ok(Setting::Range(first, longest))
}

fn window(text: &str) -> Result<Setting, String> {
    let misfit = || {
        format!(
            "expected a window, such as `30s` or `100 calls`, found `{}`",
            text.escape_debug()
        )
    };
    let text = text.trim();
    let of_calls = |calls: &str| match calls.trim().parse() {
        Ok(calls @ 1..) => Some(Setting::Window(Window::Calls(calls))),
        _ => None,
    };
    let calls = text
        .strip_suffix("calls")
        .or_else(|| text.strip_suffix("call"));
    if let Some(calls) = calls {
        return of_calls(calls).ok_or_else(misfit);
    }
    match (duration::in_seconds(text), of_calls(text)) {
        (Some(Ok(Duration::ZERO)), _) => Err(misfit()),
        (Some(Ok(_)), Some(_)) => Err(format!(
            "expected a window: write `{text}s` for a time or `{text} calls` for a number of calls"
        )),
        (_, Some(_)) => Err(format!("expected a window: write `{text} calls`")),
        _ => positive(text)
            .map(|span| Setting::Window(Window::Time(span)))
            .map_err(|message| format!("{message}; a number of calls is written `100 calls`")),
    }
}

fn word(words: &'static [&'static str], text: &str) -> Result<Setting, String> {
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Ok(Setting::Word(word));
    }
    let mut message = format!(
        "expected {}, found `{}`",
        Kind::Word(words),
        text.escape_debug()
    );
    // What YAML 1.1 reads as a truth value is no word here, so that a file means the same to all.
    let meant = match text.to_lowercase().as_str() {
        "off" | "no" | "false" | "disable" if words.contains(&"disabled") => Some("disabled"),
        "on" | "yes" | "true" if words.contains(&"enforce") => Some("enforce"),
        // The gate's word elsewhere; here gate and breaker have one.
        "audit" if words.contains(&"observe") => Some("observe"),
        _ => nearest(text, words.iter().copied()),
    };
    if let Some(meant) = meant {
        message.push_str(&format!("; did you mean `{meant}`?"));
    }
    Err(message)
}

fn names(value: &Value) -> Result<Setting, String> {
    let Value::List(items) = value else {
        return Err(format!("expected a list of names, found {}", value.kind()));
    };
    let names = items.iter().map(|item| match &item.value {
        Value::Scalar(Scalar::Text(name)) => Ok(name.clone()),
        other => Err(format!("expected a name, found {}", other.kind())),
    });
    match names.collect::<Result<Vec<_>, _>>()? {
        names if names.is_empty() => Err("expected at least one name".to_owned()),
        names => Ok(Setting::Names(names)),
    }
}

fn found(value: &Value) -> String {
    match value {
        Value::Scalar(Scalar::Text(text)) => format!("`{}`", text.escape_debug()),
        Value::Scalar(Scalar::Number(number)) => format!("the number {number}"),
        Value::Scalar(Scalar::Bool(is)) => is.to_string(),
        other => other.kind().to_owned(),
    }
}

/// For messages and the reference: `a duration longer than zero`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration => f.write_str("a duration"),
            Self::PositiveDuration => f.write_str("a duration longer than zero"),
            Self::DurationOr(word) => write!(f, "a duration longer than zero, or `{word}`"),
            Self::Count(0) => f.write_str("a whole number"),
            Self::Count(least) => write!(f, "a whole number of at least {least}"),
            Self::CountOr(word) => write!(f, "a whole number of at least 1, or `{word}`"),
            Self::Ratio => f.write_str("a part of the whole, 0 to 1"),
            Self::Factor => f.write_str("a number of at least 1"),
            Self::Word(words) => {
                f.write_str("one of ")?;
                for (index, word) in words.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}`{word}`")?;
                }
                Ok(())
            }
            Self::Range => f.write_str("two durations, `first..longest`"),
            Self::Window => f.write_str("a duration or a number of calls, such as `100 calls`"),
            Self::Text => f.write_str("a text"),
            Self::Names => f.write_str("a list of names"),
        }
    }
}

impl Setting {
    pub(super) fn duration(&self) -> Option<Duration> {
        match self {
            Self::Duration(span) => Some(*span),
            _ => None,
        }
    }

    pub(super) fn count(&self) -> Option<u32> {
        match self {
            Self::Count(count) => Some(*count),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn window(&self) -> Option<Window> {
        match self {
            Self::Window(window) => Some(*window),
            _ => None,
        }
    }

    pub(super) fn word(&self) -> &str {
        match self {
            Self::Word(word) => word,
            _ => "",
        }
    }

    /// The setting as a file of TOML writes it.
    pub(super) fn toml(&self) -> String {
        match self {
            Self::Count(_) | Self::Number(_) => self.to_string(),
            Self::Names(names) => format!("{names:?}"),
            _ => format!("\"{self}\""),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration(span) | Self::Window(Window::Time(span)) => {
                f.write_str(&duration::show(*span))
            }
            Self::Count(count) => count.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Word(word) => f.write_str(word),
            Self::Range(first, longest) => {
                write!(
                    f,
                    "{}..{}",
                    duration::show(*first),
                    duration::show(*longest)
                )
            }
            Self::Window(Window::Calls(calls)) => write!(f, "{calls} calls"),
            Self::Text(text) => f.write_str(text),
            Self::Names(names) => f.write_str(&names.join(", ")),
            Self::Unsaid(words) => f.write_str(words),
        }
    }
}
