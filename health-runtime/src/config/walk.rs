//! A walk over the tree of a file with the schema in hand: what it says, and all that is wrong.

use super::address::{Address, Scope, dotted};
use super::kind::{Setting, Strictness};
use super::level::LevelRule;
use super::rows::LATER;
use super::schema::{self, At, Shape, Target, VERSION};
use super::tree::{Member, Node, Scalar, Spot, Value};
use crate::degradation::Levels;
use crate::name::nearest;
use crate::policy::Place;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) values: Vec<(Address, Setting, Spot)>,
    /// The names of the dependencies that have a section.
    pub(super) dependencies: Vec<(String, Spot)>,
    /// Every section of a dependency, a key or a role, whether it says something or not.
    pub(super) scopes: Vec<(Scope, Spot)>,
    /// None without a list; an empty list says that there are no levels.
    pub(super) levels: Option<Vec<(LevelRule, Spot)>>,
    pub(super) problems: Vec<(Spot, String)>,
}

/// Reads a tree. Nothing in it is passed over in silence.
pub(super) fn walk(root: &Node) -> Content {
    let mut content = Content::default();
    content.section(root, &Scope::Root);
    let has_version = matches!(&root.value, Value::Table(members)
        if members.iter().any(|member| member.key == "version"));
    if !has_version {
        let first_line = Spot {
            line: 1,
            column: 1,
            width: 1,
        };
        let message = format!(
            "the version of the schema is missing; begin the file with `version = {VERSION}` \
             (in YAML `version: {VERSION}`)"
        );
        content.problems.insert(0, (first_line, message));
    }
    content
}

impl Content {
    fn problem(&mut self, spot: Spot, message: impl Into<String>) {
        self.problems.push((spot, message.into()));
    }

    fn members<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Member] {
        match &node.value {
            Value::Table(members) => members,
            // `redis:` with nothing below it, in YAML, says nothing.
            Value::Scalar(Scalar::Other("nothing")) => &[],
            other => {
                self.problem(
                    node.spot,
                    format!("{what} is a table, found {}", other.kind()),
                );
                &[]
            }
        }
    }

    fn section(&mut self, node: &Node, scope: &Scope) {
        let at = scope.at();
        let what = match scope.segments().as_slice() {
            [] => "a configuration".to_owned(),
            segments => format!("`{}`", dotted(segments)),
        };
        for member in self.members(node, &what) {
            let key = &*member.key;
            if let Some(branch) = schema::branches(at).find(|branch| branch.key == key) {
                match (branch.child, branch.shape) {
                    (At::Degradation, _) => self.degradation(&member.node),
                    (child, Shape::Named) => self.named(&member.node, scope, child, key),
                    (At::Gate, _) => self.section(&member.node, &Scope::Gate),
                    _ => self.section(&member.node, &Scope::Defaults),
                }
            } else if schema::rows(at).any(|(_, row)| row.table == key) {
                for inner in self.members(&member.node, &format!("`{key}`")) {
                    self.value(inner, scope, key);
                }
            } else {
                self.value(member, scope, "");
            }
        }
    }

    /// Reads `[deps.NAME]` and the like.
    fn named(&mut self, node: &Node, parent: &Scope, child: At, key: &str) {
        let what = match child {
            At::Dependency => "`deps` has a table for each dependency, which",
            At::Key => "`keys` has a table for each key, which",
            _ => "`roles` has a table for each role, which",
        };
        let list = format!("`{key}`");
        for member in self.members(node, &list) {
            let name = member.key.clone();
            if name.trim().is_empty() {
                self.problem(member.spot, "a name must not be blank");
                continue;
            }
            let scope = match (parent, child) {
                (Scope::Dependency(dependency, place), At::Key) => {
                    let key = Some(name);
                    Scope::Dependency(
                        dependency.clone(),
                        Place {
                            key,
                            ..place.clone()
                        },
                    )
                }
                (Scope::Dependency(dependency, place), _) => {
                    let role = Some(name);
                    Scope::Dependency(
                        dependency.clone(),
                        Place {
                            role,
                            ..place.clone()
                        },
                    )
                }
                _ => {
                    self.dependencies.push((name.clone(), member.spot));
                    Scope::Dependency(name, Place::default())
                }
            };
            self.scopes.push((scope.clone(), member.spot));
            match &member.node.value {
                Value::List(_)
                | Value::Scalar(Scalar::Text(_) | Scalar::Number(_) | Scalar::Bool(_)) => {
                    let found = member.node.value.kind();
                    self.problem(
                        member.spot,
                        format!("{what} `{}` is not: found {found}", member.key),
                    );
                }
                _ => self.section(&member.node, &scope),
            }
        }
    }

    fn value(&mut self, member: &Member, scope: &Scope, table: &str) {
        let found =
            schema::rows(scope.at()).find(|(_, row)| row.table == table && row.key == member.key);
        let Some((id, row)) = found else {
            self.problem(member.spot, unknown(&member.key, scope, table));
            return;
        };
        match row.kind.read(&member.node.value, Strictness::Typed) {
            Err(message) => self.problem(member.node.spot, format!("`{}`: {message}", row.key)),
            Ok(Setting::Count(version)) if matches!(row.target, Target::Version) => {
                if version != VERSION {
                    let known = env!("CARGO_PKG_VERSION");
                    let message = format!(
                        "version {version} is not known to health-runtime {known}, which reads version {VERSION}"
                    );
                    self.problem(member.node.spot, message);
                }
            }
            Ok(setting) => {
                let address = Address {
                    scope: scope.clone(),
                    row: id,
                };
                self.values.push((address, setting, member.spot));
            }
        }
    }

    fn degradation(&mut self, node: &Node) {
        for member in self.members(node, "`degradation`") {
            if member.key != "levels" {
                let message = format!(
                    "unknown key `{}` in `degradation`; expected `levels`",
                    member.key
                );
                self.problem(member.spot, message);
                continue;
            }
            let Value::List(levels) = &member.node.value else {
                let found = member.node.value.kind();
                self.problem(
                    member.node.spot,
                    format!("`levels` is a list of tables, found {found}"),
                );
                continue;
            };
            self.levels.get_or_insert_default();
            for level in levels {
                self.level(level);
            }
        }
    }

    fn level(&mut self, node: &Node) {
        let mut keys = Vec::new();
        let before = self.problems.len();
        // What else can be wrong with a level are the names that it looks at.
        let mut spot = node.spot;
        for member in self.members(node, "a level") {
            if member.key == "when" {
                spot = member.node.spot;
            }
            let found = schema::rows(At::Level).find(|(_, row)| row.key == member.key);
            match found.map(|(_, row)| {
                (
                    row.key,
                    row.kind.read(&member.node.value, Strictness::Typed),
                )
            }) {
                None => {
                    let known = schema::rows(At::Level).map(|(_, row)| row.key);
                    let message = format!(
                        "unknown key `{}` in a level{}",
                        member.key,
                        hint(&member.key, known.collect())
                    );
                    self.problem(member.spot, message);
                }
                Some((key, Err(message))) => {
                    self.problem(member.node.spot, format!("`{key}`: {message}"))
                }
                Some((key, Ok(setting))) => keys.push((key, setting)),
            }
        }
        match LevelRule::of(&keys) {
            Ok(rule) => {
                let lower = self.levels.as_deref().unwrap_or_default();
                let lower: Levels = lower.iter().map(|(rule, _)| rule).collect();
                let told = lower.problems().len();
                let levels = lower.level(&rule.name, rule.rule());
                for problem in levels.problems().split_off(told) {
                    self.problem(node.spot, problem);
                }
                self.levels.get_or_insert_default().push((rule, spot));
            }
            // What is there but wrong has been said.
            Err(_) if self.problems.len() > before => {}
            Err(missing) => {
                for key in missing {
                    self.problem(node.spot, format!("a level needs `{key}`"));
                }
            }
        }
    }
}

/// Says that there is no such key, and what could be meant.
fn unknown(key: &str, scope: &Scope, table: &str) -> String {
    let at = scope.at();
    let path = if table.is_empty() {
        key.to_owned()
    } else {
        format!("{table}.{key}")
    };
    if LATER.contains(&(at, &path)) {
        return format!(
            "`{path}` is not known to this version, health-runtime {}; take it out",
            env!("CARGO_PKG_VERSION")
        );
    }
    let mut segments = scope.segments();
    segments.extend(Some(table).filter(|table| !table.is_empty()));
    let place = match segments.as_slice() {
        [] => "at the top".to_owned(),
        segments => format!("in `{}`", dotted(segments)),
    };
    let mut known: Vec<&str> = schema::rows(at)
        .filter(|(_, row)| row.table == table)
        .map(|(_, row)| row.key)
        .collect();
    if table.is_empty() {
        let tables = schema::rows(at)
            .map(|(_, row)| row.table)
            .filter(|table| !table.is_empty());
        known.extend(tables);
        known.extend(schema::branches(at).map(|branch| branch.key));
        known.dedup();
    }
    let others = schema::rows(at).filter(|(_, row)| row.key == key);
    let tables: Vec<String> = others.map(|(_, row)| format!("`{}`", row.table)).collect();
    let hint = match tables.as_slice() {
        [] => hint(key, known),
        [own] if own == "``" => format!("; it stands in `{}` itself", dotted(&scope.segments())),
        tables => format!("; it belongs to {}", tables.join(" or ")),
    };
    format!("unknown key `{key}` {place}{hint}")
}

/// The name that is near, or all there are.
pub(super) fn hint(wanted: &str, known: Vec<&str>) -> String {
    match nearest(wanted, known.iter().copied()) {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None if known.is_empty() => String::new(),
        None => {
            let all: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("; expected one of {}", all.join(", "))
        }
    }
}
