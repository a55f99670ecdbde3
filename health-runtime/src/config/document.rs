//! All that operators say, from every layer: the file, the environment, overrides.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::address::{Address, Scope, split};
use super::kind::{Setting, Strictness};
use super::level::LevelRule;
use super::origin::Source;
use super::problem::{Place, Problem};
use super::read::Format;
use super::schema::{self, Target};
use super::tree::{Scalar, Spot, Value};
use super::walk::{self, Content};
use crate::name::nearest;
use crate::policy;

/// What begins the name of every environment variable that holds a value.
pub(super) const PREFIX: &str = "HEALTH_RUNTIME__";

/// A value and where somebody gave it.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) setting: Setting,
    pub(super) source: Source,
    pub(super) place: Place,
}

#[derive(Debug, Default)]
pub(super) struct Document {
    /// From the strongest layer to the weakest.
    values: BTreeMap<Address, Vec<Given>>,
    /// None if the file has no list of levels.
    pub(super) levels: Option<Vec<(LevelRule, Place)>>,
    /// The dependencies that the file has a section for.
    pub(super) dependencies: Vec<(String, Place)>,
    /// Every section of a dependency, a key or a role.
    pub(super) scopes: Vec<(Scope, Place)>,
    pub(super) problems: Vec<Problem>,
}

/// The text of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileText {
    pub(super) name: Arc<str>,
    pub(super) text: String,
}

impl FileText {
    fn place(&self, format: Format, spot: Spot) -> Place {
        let line = format.lines(&self.text).nth(spot.line.saturating_sub(1));
        Place::Line {
            file: Arc::clone(&self.name),
            spot,
            text: line.unwrap_or_default().to_owned(),
        }
    }
}

impl Document {
    /// Reads a file.
    pub(super) fn of_file(file: &FileText, format: Format) -> Self {
        let mut document = Self::default();
        let root = match format.read(&file.text) {
            Ok(root) => root,
            Err(errors) => {
                document.problems = errors
                    .into_iter()
                    .map(|error| Problem::new(file.place(format, error.spot), error.message))
                    .collect();
                return document;
            }
        };
        let Content {
            values,
            dependencies,
            scopes,
            levels,
            problems,
        } = walk::walk(&root);
        for (address, setting, spot) in values {
            let source = Source::File {
                file: Arc::clone(&file.name),
                line: spot.line,
            };
            let place = file.place(format, spot);
            document.give(
                address,
                Given {
                    setting,
                    source,
                    place,
                },
            );
        }
        let located = |spot| file.place(format, spot);
        document.levels = levels.map(|levels| {
            let levels = levels.into_iter();
            levels.map(|(rule, spot)| (rule, located(spot))).collect()
        });
        document.dependencies = dependencies
            .into_iter()
            .map(|(name, spot)| (name, located(spot)))
            .collect();
        document.scopes = scopes
            .into_iter()
            .map(|(scope, spot)| (scope, located(spot)))
            .collect();
        document.problems = problems
            .into_iter()
            .map(|(spot, message)| Problem::new(located(spot), message))
            .collect();
        document
    }

    /// Gives a value, over those that were given before.
    fn give(&mut self, address: Address, given: Given) {
        self.values.entry(address).or_default().insert(0, given);
    }

    /// Takes in environment variables: those that begin with [`PREFIX`].
    pub(super) fn take_env(&mut self, vars: &[(String, String)], known: &[Address]) {
        for (name, value) in vars {
            let place = Place::Env {
                name: name.clone(),
                value: value.clone(),
            };
            let mut meant = known.iter().filter(|address| env_name(address) == *name);
            match (meant.next(), meant.next()) {
                (Some(address), None) => {
                    self.take_text(address, value, Source::Env(name.clone()), place)
                }
                (Some(one), Some(other)) => {
                    let message = format!("means both `{one}` and `{other}`; set them in the file");
                    self.problems.push(Problem::new(place, message));
                }
                (None, _) => {
                    let names: Vec<String> = known.iter().map(env_name).collect();
                    let near = nearest_env(name, &names);
                    let hint = near.map(|near| format!("; did you mean `{near}`?"));
                    let message = format!("there is no such key{}", hint.unwrap_or_default());
                    self.problems.push(Problem::new(place, message));
                }
            }
        }
    }

    /// Takes in overrides, by the path of the key.
    pub(super) fn take_overrides(&mut self, overrides: &[(String, String)], known: &[Address]) {
        for (path, value) in overrides {
            let place = Place::Override {
                path: path.clone(),
                value: value.clone(),
            };
            match known.iter().find(|address| address.to_string() == *path) {
                Some(address) => self.take_text(address, value, Source::Override, place),
                None => {
                    let paths: Vec<String> = known.iter().map(Address::to_string).collect();
                    let near = nearest(path, paths.iter().map(String::as_str));
                    let hint = near.map(|near| format!("; did you mean `{near}`?"));
                    let message = format!("there is no such key{}", hint.unwrap_or_default());
                    self.problems.push(Problem::new(place, message));
                }
            }
        }
    }

    fn take_text(&mut self, address: &Address, text: &str, source: Source, place: Place) {
        let value = Value::Scalar(Scalar::Text(text.to_owned()));
        match address.row.row().kind.read(&value, Strictness::TextOnly) {
            Ok(setting) => self.give(
                address.clone(),
                Given {
                    setting,
                    source,
                    place,
                },
            ),
            Err(message) => self.problems.push(Problem::new(place, message)),
        }
    }

    /// Takes the dependencies, keys and roles that variables and overrides name and the file does not,
    /// for whom nobody knows which there are. A variable gives no more of a name than its letters:
    /// they are taken for lower case.
    pub(super) fn take_names(&mut self, vars: &[(String, String)], overrides: &[(String, String)]) {
        let known = |document: &Self, scope: &Scope| {
            let same = |one: &Scope| {
                one.segments()
                    .into_iter()
                    .map(env_segment)
                    .eq(scope.segments().into_iter().map(env_segment))
            };
            document.scopes.iter().any(|(one, _)| same(one))
        };
        for (name, value) in vars {
            let path = name.strip_prefix(PREFIX).unwrap_or_default().to_lowercase();
            let segments: Vec<String> = path.split("__").map(str::to_owned).collect();
            if let Some(scope) = named_scope(&segments).filter(|scope| !known(self, scope)) {
                let place = Place::Env {
                    name: name.clone(),
                    value: value.clone(),
                };
                self.scopes.push((self.as_the_file_has_it(scope), place));
            }
        }
        for (path, value) in overrides {
            let scope = named_scope(&split(path));
            let is_new = |scope: &Scope| self.scopes.iter().all(|(known, _)| known != scope);
            if let Some(scope) = scope.filter(is_new) {
                let place = Place::Override {
                    path: path.clone(),
                    value: value.clone(),
                };
                self.scopes.push((scope, place));
            }
        }
        for (scope, place) in &self.scopes {
            let Scope::Dependency(name, _) = scope else {
                continue;
            };
            if self.dependencies.iter().all(|(known, _)| known != name) {
                self.dependencies.push((name.clone(), place.clone()));
            }
        }
    }

    /// A section that a variable names, of the dependency that the file may have under that name.
    fn as_the_file_has_it(&self, scope: Scope) -> Scope {
        let Scope::Dependency(name, place) = scope else {
            return scope;
        };
        let mut known = self.dependencies.iter();
        let known = known.find(|(known, _)| env_segment(known) == env_segment(&name));
        Scope::Dependency(known.map_or(name, |(known, _)| known.clone()), place)
    }

    /// What was given for a key, from the strongest layer to the weakest.
    pub(super) fn given(&self, address: &Address) -> &[Given] {
        self.values.get(address).map_or(&[], Vec::as_slice)
    }

    /// Every key that was given.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.values.keys()
    }
}

/// Every key that can be set by a text in these sections.
pub(super) fn addresses(scopes: &[Scope]) -> Vec<Address> {
    let mut found = Vec::new();
    for scope in scopes {
        for (row, known) in schema::rows(scope.at()) {
            if !matches!(known.target, Target::Version | Target::Level) {
                found.push(Address {
                    scope: scope.clone(),
                    row,
                });
            }
        }
    }
    found
}

/// The section of a dependency that begins the path of a key, if one does.
fn named_scope(segments: &[String]) -> Option<Scope> {
    let [deps, name, rest @ ..] = segments else {
        return None;
    };
    let (place, rest) = match rest {
        [keys, key, roles, role, rest @ ..] if (&**keys, &**roles) == ("keys", "roles") => {
            (policy::Place::of(Some(key), Some(role)), rest)
        }
        [keys, key, rest @ ..] if keys == "keys" => (policy::Place::of(Some(key), None), rest),
        [roles, role, rest @ ..] if roles == "roles" => (policy::Place::of(None, Some(role)), rest),
        rest => (policy::Place::default(), rest),
    };
    let is_one = deps == "deps" && !name.is_empty() && !rest.is_empty();
    is_one.then(|| Scope::Dependency(name.clone(), place))
}

/// The environment variable of a key.
pub(super) fn env_name(address: &Address) -> String {
    let segments: Vec<String> = address.segments().into_iter().map(env_segment).collect();
    format!("{PREFIX}{}", segments.join("__"))
}

/// A name as a part of the name of an environment variable, which has letters, digits and `_`.
pub(super) fn env_segment(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    name.chars().map(plain).collect()
}

/// The name that is nearest, the common beginning left out: it would make everything similar.
fn nearest_env<'n>(name: &str, names: &'n [String]) -> Option<&'n str> {
    let short = name.strip_prefix(PREFIX).unwrap_or(name);
    let shorts = names.iter().filter_map(|name| name.strip_prefix(PREFIX));
    let near = nearest(short, shorts)?;
    names
        .iter()
        .map(String::as_str)
        .find(|name| name.strip_prefix(PREFIX) == Some(near))
}
