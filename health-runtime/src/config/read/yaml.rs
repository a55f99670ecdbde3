//! YAML to the tree.
//!
//! Read by its events: they have the places that a typed reader drops, and what is no
//! configuration can be refused with a word of its own. There is no recursion in here, nor in the
//! parser, and aliases are refused, so that no small file becomes a large one.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::Format;
use crate::config::tree::{Member, Node, Scalar, Spot, SyntaxError, Value};

/// As deep as any table of the schema, and then some. (Dropping a tree is recursive.)
const DEPTH: usize = 64;

pub(super) fn read(text: &str) -> Result<Node, Vec<SyntaxError>> {
    let mut building = Building::default();
    let end = end(text);
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => building.take(event, spot(span).min(end)),
            Err(error) => {
                // Behind an error of the grammar nothing means what it says.
                let spot = spot(Span::empty(*error.marker())).min(end);
                building.error(spot, error.info().to_owned());
                break;
            }
        }
    }
    if building.errors.is_empty() {
        Ok(building.root.unwrap_or(Node {
            spot: Spot {
                line: 1,
                column: 1,
                width: 1,
            },
            value: Value::Table(Vec::new()),
        }))
    } else {
        Err(building.errors)
    }
}

/// Behind the last character, which is as far as a place can be: the parser puts what is missing at the
/// end of a text into a line of its own.
fn end(text: &str) -> Spot {
    let (line, last) = Format::Yaml
        .lines(text)
        .enumerate()
        .last()
        .unwrap_or_default();
    Spot {
        line: line + 1,
        column: last.chars().count() + 1,
        width: 1,
    }
}

fn spot(span: Span) -> Spot {
    let width = if span.end.line() == span.start.line() {
        span.end.col().saturating_sub(span.start.col())
    } else {
        1
    };
    Spot {
        line: span.start.line().max(1),
        column: span.start.col() + 1,
        width: width.max(1),
    }
}

/// A table or list that is not complete yet.
struct Open {
    spot: Spot,
    value: Value,
    /// The key whose value comes next, in a table.
    key: Option<(String, Spot)>,
}

#[derive(Default)]
struct Building {
    open: Vec<Open>,
    /// How many containers are skipped, being too deep.
    too_deep: usize,
    root: Option<Node>,
    documents: usize,
    errors: Vec<SyntaxError>,
}

impl Building {
    fn error(&mut self, spot: Spot, message: impl Into<String>) {
        let message = message.into();
        self.errors.push(SyntaxError { spot, message });
    }

    fn take(&mut self, event: Event<'_>, spot: Spot) {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.error(
                        spot,
                        "a configuration is one document; this is a second one",
                    );
                }
            }
            Event::MappingStart(..) => self.begin(spot, Value::Table(Vec::new())),
            Event::SequenceStart(..) => self.begin(spot, Value::List(Vec::new())),
            Event::MappingEnd | Event::SequenceEnd => self.end(),
            Event::Scalar(text, style, _, _) => {
                if !self.is_key(&text, spot) {
                    let value = Value::Scalar(scalar(&text, style));
                    self.put(Node { spot, value });
                }
            }
            Event::Alias(_) => {
                self.error(
                    spot,
                    "aliases are not known here; write the value out, or put it under `defaults`",
                );
                if !self.is_key("*", spot) {
                    let value = Value::Scalar(Scalar::Other("an alias"));
                    self.put(Node { spot, value });
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }

    fn begin(&mut self, spot: Spot, value: Value) {
        let is_key = self
            .open
            .last()
            .is_some_and(|open| matches!(open.value, Value::Table(_)) && open.key.is_none());
        if is_key && self.too_deep == 0 {
            self.error(spot, "a key must be a text");
            self.is_key("?", spot);
        }
        if self.open.len() >= DEPTH || self.too_deep > 0 {
            if self.too_deep == 0 {
                self.error(spot, "nested too deep");
            }
            self.too_deep += 1;
            return;
        }
        self.open.push(Open {
            spot,
            value,
            key: None,
        });
    }

    fn end(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        if let Some(Open { spot, value, .. }) = self.open.pop() {
            self.put(Node { spot, value });
        }
    }

    /// Takes a scalar for the key of the innermost table, if that waits for one.
    fn is_key(&mut self, text: &str, spot: Spot) -> bool {
        if self.too_deep > 0 {
            return true;
        }
        let Some(open) = self.open.last_mut() else {
            return false;
        };
        let Value::Table(members) = &open.value else {
            return false;
        };
        if open.key.is_some() {
            return false;
        }
        let first = members.iter().find(|member| member.key == text);
        let again =
            first.map(|first| format!("`{text}` stands in line {} already", first.spot.line));
        open.key = Some((text.to_owned(), spot));
        if let Some(message) = again {
            self.error(spot, message);
        }
        true
    }

    fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            None => {
                self.root.get_or_insert(node);
            }
            Some(Open {
                value: Value::List(items),
                ..
            }) => items.push(node),
            Some(Open {
                value: Value::Table(members),
                key,
                ..
            }) => {
                if let Some((key, spot)) = key.take() {
                    members.push(Member { key, spot, node });
                }
            }
            Some(_) => {}
        }
    }
}

/// What a scalar is, by the core schema of YAML 1.2: `yes` and `off` are texts.
fn scalar(text: &str, style: ScalarStyle) -> Scalar {
    if style != ScalarStyle::Plain {
        return Scalar::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Other("nothing"),
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ if text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
            && text.parse::<f64>().is_ok() =>
        {
            Scalar::Number(text.to_owned())
        }
        _ => Scalar::Text(text.to_owned()),
    }
}
