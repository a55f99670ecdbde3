//! TOML to the tree.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::config::tree::{Member, Node, Scalar, Spot, SyntaxError, Value};

pub(super) fn read(text: &str) -> Result<Node, Vec<SyntaxError>> {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors
            .iter()
            .map(|error| SyntaxError {
                spot: lines.spot(error.span().unwrap_or_default()),
                message: error.message().to_owned(),
            })
            .collect());
    }
    let spot = lines.spot(0..0);
    Ok(Node {
        spot,
        value: read_table(table.get_ref(), &lines),
    })
}

fn read_table(table: &DeTable<'_>, lines: &Lines<'_>) -> Value {
    let mut members: Vec<Member> = table
        .iter()
        .map(|(key, value)| Member {
            key: key.get_ref().to_string(),
            spot: lines.spot(key.span()),
            node: Node {
                spot: lines.spot(value.span()),
                value: read_value(value.get_ref(), lines),
            },
        })
        .collect();
    // The parser sorts them by name; problems are told from top to bottom.
    members.sort_by_key(|member| member.spot);
    Value::Table(members)
}

fn read_value(value: &DeValue<'_>, lines: &Lines<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Scalar(Scalar::Text(text.to_string())),
        DeValue::Integer(number) => Value::Scalar(Scalar::Number(number.to_string())),
        DeValue::Float(number) => Value::Scalar(Scalar::Number(number.to_string())),
        DeValue::Boolean(is) => Value::Scalar(Scalar::Bool(*is)),
        DeValue::Datetime(_) => Value::Scalar(Scalar::Other("a date")),
        DeValue::Array(values) => Value::List(
            values
                .iter()
                .map(|value| Node {
                    spot: lines.spot(value.span()),
                    value: read_value(value.get_ref(), lines),
                })
                .collect(),
        ),
        DeValue::Table(table) => read_table(table, lines),
    }
}

/// Where the lines of a text begin, to turn byte offsets into places.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self {
            text,
            starts: starts.collect(),
        }
    }

    fn spot(&self, bytes: Range<usize>) -> Spot {
        let line = self.starts.partition_point(|start| *start <= bytes.start);
        let start = self.starts[line.saturating_sub(1)];
        let rest = self.text.get(start..).unwrap_or_default();
        let this_line = rest.lines().next().unwrap_or_default();
        let characters = |to: usize| {
            let to = to.saturating_sub(start).min(this_line.len());
            this_line
                .char_indices()
                .take_while(|(at, _)| *at < to)
                .count()
        };
        let before = characters(bytes.start);
        Spot {
            line,
            column: before + 1,
            width: characters(bytes.end).saturating_sub(before).max(1),
        }
    }
}
