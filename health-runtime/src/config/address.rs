//! The keys of a certain configuration: of which dependency, which key, which role.

use std::fmt;

use super::schema::{At, RowId};
use crate::policy::Place;

/// A section of a certain configuration: that of which dependency, key and role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Root,
    Gate,
    Defaults,
    Dependency(String, Place),
}

impl Scope {
    pub(super) fn at(&self) -> At {
        match self {
            Self::Root => At::Root,
            Self::Gate => At::Gate,
            Self::Defaults => At::Defaults,
            Self::Dependency(_, Place { role: Some(_), .. }) => At::Role,
            Self::Dependency(_, Place { key: Some(_), .. }) => At::Key,
            Self::Dependency(..) => At::Dependency,
        }
    }

    /// The names that lead to it.
    pub(super) fn segments(&self) -> Vec<&str> {
        match self {
            Self::Root => Vec::new(),
            Self::Gate => vec!["gate"],
            Self::Defaults => vec!["defaults"],
            Self::Dependency(name, Place { key, role }) => {
                let mut segments = vec!["deps", &**name];
                segments.extend(key.iter().flat_map(|key| ["keys", &**key]));
                segments.extend(role.iter().flat_map(|role| ["roles", &**role]));
                segments
            }
        }
    }
}

/// One value of a certain configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) scope: Scope,
    pub(super) row: RowId,
}

impl Address {
    /// The names that lead to it.
    pub(super) fn segments(&self) -> Vec<&str> {
        let row = self.row.row();
        let mut segments = self.scope.segments();
        segments.extend(Some(row.table).filter(|table| !table.is_empty()));
        segments.push(row.key);
        segments
    }
}

/// As a file of TOML has it: `deps.http.keys."a.com".breaker.open_for`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        dotted(&self.segments()).fmt(f)
    }
}

/// Joins names by dots, quoting those that need it; [`split`] takes them apart again.
pub(super) fn dotted(segments: &[&str]) -> String {
    let quoted = segments.iter().map(|segment| {
        let is_bare = !segment.is_empty()
            && segment
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if is_bare {
            (*segment).to_owned()
        } else {
            in_quotes(segment)
        }
    });
    quoted.collect::<Vec<_>>().join(".")
}

/// A name in quotes, as TOML writes it: what cannot be seen is escaped.
fn in_quotes(name: &str) -> String {
    let mut quoted = String::from("\"");
    for c in name.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\'' => quoted.push(c),
            // What Rust escapes, in the form that TOML has for it.
            c if c.escape_debug().len() > 1 => match u32::from(c) {
                code @ ..=0xffff => quoted.push_str(&format!("\\u{code:04X}")),
                code => quoted.push_str(&format!("\\U{code:08X}")),
            },
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Splits a path at its dots, but for those in quotes.
pub(super) fn split(path: &str) -> Vec<String> {
    let (mut segments, mut segment) = (Vec::new(), String::new());
    let mut is_quoted = false;
    let mut rest = path.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => segments.push(std::mem::take(&mut segment)),
            '\\' if is_quoted => segment.extend(escaped(&mut rest)),
            c => segment.push(c),
        }
    }
    segments.push(segment);
    segments
}

/// What stands behind a backslash; `None` if it is nothing that [`in_quotes`] writes.
fn escaped(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let digits = match rest.next()? {
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'u' => 4,
        'U' => 8,
        c => return Some(c),
    };
    let code: String = rest.by_ref().take(digits).collect();
    char::from_u32(u32::from_str_radix(&code, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_that_toml_has_no_bare_form_for_is_quoted() {
        for (name, quoted) in [
            ("redis", "redis"),
            ("a.com", r#""a.com""#),
            ("", r#""""#),
            (r#"a "b" \c"#, r#""a \"b\" \\c""#),
            ("it's", r#""it's""#),
            ("a\n\t\0", r#""a\n\t\u0000""#),
            ("\u{200b}\u{e0001}", r#""\u200B\U000E0001""#),
        ] {
            assert_eq!(dotted(&[name]), quoted);
        }
    }

    proptest! {
        #[test]
        fn the_path_of_a_key_is_read_as_its_names(names in proptest::collection::vec(any::<String>(), 1..4)) {
            let segments: Vec<&str> = names.iter().map(String::as_str).collect();
            let path = dotted(&segments);
            prop_assert_eq!(split(&path), names);
        }

        #[test]
        fn toml_reads_the_path_of_a_key_as_its_names(names in proptest::collection::vec(any::<String>(), 1..4)) {
            let segments: Vec<&str> = names.iter().map(String::as_str).collect();
            let path = dotted(&segments);
            let text = format!("{path} = 0");
            let table = toml::de::DeTable::parse(&text);
            prop_assert!(table.is_ok(), "{}", path);
            let mut table = table.unwrap().into_inner();
            for (nth, name) in names.iter().enumerate() {
                let found = table.into_iter().next();
                let (key, value) = found.unwrap();
                prop_assert_eq!(key.into_inner(), name.as_str());
                table = match value.into_inner() {
                    toml::de::DeValue::Table(table) => table,
                    _ => {
                        prop_assert_eq!(nth + 1, names.len());
                        break;
                    }
                };
            }
        }
    }
}
