//! What operators say, laid over what the code says: policies, the gate, and where each value is
//! from. Pure.
//!
//! A value of a dependency is that of the first of these which has one:
//!
//! ```text
//! deps.NAME  >  the profile of deps.NAME  >  defaults  >  the profile at the top  >  code  >  built-in
//! ```
//!
//! and in each of the first four an override wins over the environment, and that over the file.

use std::collections::{BTreeMap, BTreeSet};

use super::address::{Address, Scope, dotted};
use super::clash::translated;
use super::document::{Document, Given, env_segment};
use super::idle::idle;
use super::kind::Setting;
use super::level::LevelRule;
use super::origin::{Origin, Source};
use super::plan::{Plan, Tuning};
use super::problem::{Place as Where, Problem};
use super::schema::{self, RowId, Target};
use super::walk::hint;
use crate::annotate::SiteInfo;
use crate::dependency::{Dependency, Settings};
use crate::gate::GatePolicy;
use crate::policy::{Place, Policies, Policy, PolicyPatch, Profile};

/// What the code says, before any configuration.
#[derive(Clone)]
pub(super) struct Code {
    pub(super) gate: GatePolicy,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) names: Names,
    /// Where the attributes stand: they name roles, and levels that calls are shed from.
    pub(super) sites: Vec<&'static SiteInfo>,
    /// The levels of degradation where a configuration names none.
    pub(super) levels: Vec<String>,
    /// Says which levels the attributes name that do not exist.
    pub(super) unknown_levels: UnknownLevels,
}

/// The check of levels that attributes name, which the start has, too.
pub(crate) type UnknownLevels = fn(&[&'static SiteInfo], &[&str]) -> Vec<String>;

impl Code {
    /// The roles of a dependency: those that attributes name, and those that the code tunes.
    fn roles<'c>(&'c self, dependency: &'c Dependency) -> BTreeSet<&'c str> {
        let name = &*dependency.name;
        let sites = self.sites.iter().filter(|site| site.deps.contains(&name));
        let tuned = dependency.policies.patches.keys();
        sites
            .filter_map(|site| site.role())
            .chain(tuned.filter_map(|place| place.role.as_deref()))
            .collect()
    }
}

/// Which dependencies there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Those of the code.
    Known,
    /// Nobody knows: a file is looked at by itself.
    Open,
}

/// A configuration over the code, ready to be put into force.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) gate: GatePolicy,
    pub(super) dependencies: BTreeMap<String, Plan>,
    /// For dependencies that nobody knows yet.
    pub(super) newcomers: Plan,
    /// None if the configuration has no list of levels.
    pub(super) levels: Option<Vec<LevelRule>>,
    pub(super) origins: Vec<Origin>,
}

/// Every section that a configuration can have, given the code and what a file has.
pub(super) fn scopes(code: &Code, document: &Document) -> Vec<Scope> {
    let mut scopes = BTreeSet::from([Scope::Root, Scope::Gate, Scope::Defaults]);
    for dependency in &code.dependencies {
        let name = &dependency.name;
        scopes.insert(Scope::Dependency(name.clone(), Place::default()));
        let parts = dependency.policies.patches.keys();
        scopes.extend(parts.map(|place| Scope::Dependency(name.clone(), place.clone())));
    }
    scopes.extend(document.scopes.iter().map(|(scope, _)| scope.clone()));
    // Every role, of the dependency and of each key that something is said of.
    for dependency in &code.dependencies {
        let of_this = |scope: &Scope| match scope {
            Scope::Dependency(name, place) if *name == dependency.name => Some(place.key.clone()),
            _ => None,
        };
        let keys: BTreeSet<Option<String>> = scopes.iter().filter_map(of_this).collect();
        for key in keys {
            scopes.extend(code.roles(dependency).into_iter().map(|role| {
                let place = Place {
                    key: key.clone(),
                    role: Some(role.to_owned()),
                };
                Scope::Dependency(dependency.name.clone(), place)
            }));
        }
    }
    scopes.into_iter().collect()
}

/// Lays a document over the code.
///
/// # Errors
///
/// All problems, those of the document included.
pub(super) fn resolve(document: Document, code: &Code) -> Result<Resolved, Vec<Problem>> {
    let mut resolving = Resolving {
        document: &document,
        problems: document.problems.clone(),
        origins: Vec::new(),
    };
    resolving.names(code);
    resolving.levels(code);
    resolving.profile_origin(&Scope::Root);
    let gate = resolving.gate(&code.gate);
    let newcomers = resolving.newcomers();
    let mut dependencies = BTreeMap::new();
    for dependency in &code.dependencies {
        let plan = resolving.dependency(dependency);
        dependencies.insert(dependency.name.clone(), plan);
    }
    let (mut problems, origins) = (resolving.problems, resolving.origins);
    if !problems.is_empty() {
        problems.sort_by_key(Problem::order);
        return Err(problems);
    }
    Ok(Resolved {
        gate,
        dependencies,
        newcomers,
        levels: document
            .levels
            .map(|levels| levels.into_iter().map(|(rule, _)| rule).collect()),
        origins,
    })
}

struct Resolving<'d> {
    document: &'d Document,
    problems: Vec<Problem>,
    origins: Vec<Origin>,
}

impl Resolving<'_> {
    fn problem(&mut self, place: Where, message: impl Into<String>) {
        self.problems.push(Problem::new(place, message));
    }

    /// Every name in the document must be that of a dependency, or of one of its roles.
    fn names(&mut self, code: &Code) {
        let known: Vec<&str> = code.dependencies.iter().map(|known| &*known.name).collect();
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for name in &known {
            if let Some(other) = seen.insert(env_segment(name), name) {
                self.problem(
                    Where::Nowhere,
                    format!(
                        "the dependencies `{other}` and `{name}` are both `{}` in the names of \
                         environment variables; rename one",
                        env_segment(name)
                    ),
                );
            }
        }
        if code.names == Names::Open {
            return;
        }
        let unknown = |name: &str| {
            let advice = match hint(name, known.clone()) {
                none if none.is_empty() => "; no code declares or mentions any".to_owned(),
                hint => hint,
            };
            format!("there is no dependency `{name}`{advice}")
        };
        for (name, place) in &self.document.dependencies {
            if !known.contains(&&**name) {
                self.problem(place.clone(), unknown(name));
            }
        }
        for (scope, place) in &self.document.scopes {
            let Scope::Dependency(
                name,
                Place {
                    role: Some(role), ..
                },
            ) = scope
            else {
                continue;
            };
            let mut dependencies = code.dependencies.iter();
            let Some(dependency) = dependencies.find(|known| known.name == *name) else {
                continue;
            };
            let roles = code.roles(dependency);
            if !roles.contains(&**role) {
                let advice = match hint(role, roles.into_iter().collect()) {
                    none if none.is_empty() => {
                        "; no attribute names one, and no `Dependency::role`".to_owned()
                    }
                    hint => hint,
                };
                let message = format!("`{name}` has no role `{role}`{advice}");
                self.problem(place.clone(), message);
            }
        }
        for (rule, place) in self.document.levels.iter().flatten() {
            for name in rule.when.iter().filter(|name| !known.contains(&&***name)) {
                let message = format!("level `{}`: {}", rule.name, unknown(name));
                self.problem(place.clone(), message);
            }
        }
    }

    /// Every level that calls are shed from must exist, whoever has said what levels there are.
    fn levels(&mut self, code: &Code) {
        let said = self.document.levels.as_ref();
        let names: Vec<&str> = match said {
            Some(levels) => levels.iter().map(|(rule, _)| &*rule.name).collect(),
            None => code.levels.iter().map(String::as_str).collect(),
        };
        for problem in (code.unknown_levels)(&code.sites, &names) {
            self.problem(Where::Nowhere, problem);
        }
    }

    fn given(&self, scope: &Scope, row: RowId) -> Vec<Given> {
        let address = Address {
            scope: scope.clone(),
            row,
        };
        self.document.given(&address).to_vec()
    }

    /// The profile that a section names, and what it says of a key.
    fn of_profile(&self, scope: &Scope, row: RowId) -> Option<Given> {
        if !row.row().profiled {
            return None;
        }
        let (profile, given) = self.profile(scope)?;
        let setting = match &row.row().target {
            Target::Policy { get, .. } => get(&profile.policy()),
            Target::Gate { get, .. } => get(&profile.gate()),
            _ => return None,
        };
        Some(Given {
            setting,
            source: Source::Profile(profile.name()),
            place: given.place,
        })
    }

    fn profile(&self, scope: &Scope) -> Option<(Profile, Given)> {
        let (row, _) =
            schema::rows(scope.at()).find(|(_, row)| matches!(row.target, Target::Profile))?;
        let given = self.given(scope, row).into_iter().next()?;
        let profile = Profile::ALL
            .into_iter()
            .find(|known| known.name() == given.setting.word())?;
        Some((profile, given))
    }

    /// Notes where the profile of a section comes from, if it names one.
    fn profile_origin(&mut self, scope: &Scope) {
        for (row, known) in schema::rows(scope.at()) {
            let given = self.given(scope, row);
            if matches!(known.target, Target::Profile) && !given.is_empty() {
                self.origin(
                    scope,
                    row,
                    given,
                    Setting::Unsaid("none"),
                    Setting::Unsaid("none"),
                );
            }
        }
    }

    /// Everything that is said of a key, from the strongest to the weakest.
    fn chain(&self, scope: &Scope, row: RowId) -> Vec<Given> {
        let mut chain = self.given(scope, row);
        chain.extend(self.of_profile(scope, row));
        if matches!(scope, Scope::Dependency(_, place) if *place == Place::default()) {
            chain.extend(self.given(&Scope::Defaults, row));
        }
        chain.extend(
            self.of_profile(&Scope::Root, row)
                .filter(|_| *scope != Scope::Root),
        );
        chain
    }

    fn origin(
        &mut self,
        scope: &Scope,
        row: RowId,
        chain: Vec<Given>,
        code: Setting,
        built_in: Setting,
    ) {
        let by_code = if code == built_in {
            Source::BuiltIn
        } else {
            Source::Code
        };
        let mut layers: Vec<(Source, String)> = chain
            .into_iter()
            .map(|given| (given.source, given.setting.to_string()))
            .collect();
        if layers.is_empty() || by_code == Source::Code {
            layers.push((by_code, code.to_string()));
        }
        let (source, value) = layers.remove(0);
        let address = Address {
            scope: scope.clone(),
            row,
        };
        self.origins.push(Origin {
            path: address.to_string(),
            value,
            source,
            hidden: layers,
        });
    }

    fn gate(&mut self, code: &GatePolicy) -> GatePolicy {
        let mut policy = code.clone();
        let scope = Scope::Gate;
        for (row, known) in schema::rows(scope.at()) {
            let Target::Gate { set, get } = &known.target else {
                continue;
            };
            let chain = self.chain(&scope, row);
            if let Some(given) = chain.first() {
                set(&mut policy, &given.setting);
            }
            self.origin(&scope, row, chain, get(code), get(&GatePolicy::default()));
        }
        let before = code.problems();
        for problem in policy.problems() {
            if !before.contains(&problem) {
                self.clash(&problem, std::slice::from_ref(&scope));
            }
        }
        policy
    }

    fn newcomers(&mut self) -> Plan {
        let origins = self.origins.len();
        let plan = self.dependency(&Dependency::new(""));
        // Told for each dependency there is; this one is none.
        self.origins.truncate(origins);
        plan
    }

    fn dependency(&mut self, code: &Dependency) -> Plan {
        let whole = Place::default();
        let scope = Scope::Dependency(code.name.clone(), whole.clone());
        let base = code.policies.resolve(None, None);
        let (mut patch, mut explicit) = (PolicyPatch::default(), PolicyPatch::default());
        let mut settings = code.settings.clone();
        self.profile_origin(&scope);
        for (row, known) in schema::rows(scope.at()) {
            let chain = self.chain(&scope, row);
            match &known.target {
                Target::Policy { set, get } => {
                    if let Some(given) = chain.first() {
                        set(&mut patch, &given.setting);
                    }
                    if let Some(given) = self.given(&scope, row).first() {
                        set(&mut explicit, &given.setting);
                    }
                    self.origin(&scope, row, chain, get(&base), get(&Policy::default()));
                }
                Target::Settings { set, get } => {
                    if let Some(given) = chain.first() {
                        set(&mut settings, &given.setting);
                    }
                    self.origin(
                        &scope,
                        row,
                        chain,
                        get(&code.settings),
                        get(&Settings::default()),
                    );
                }
                _ => {}
            }
        }
        self.idle(&scope, &explicit, &patch, &base);
        let mut operator = BTreeMap::new();
        for place in self.parts(&code.name) {
            let part = self.part(code, &place, &patch);
            operator.insert(place, part);
        }
        operator.insert(whole, patch);
        operator.retain(|_, patch| *patch != PolicyPatch::default());
        self.clashes(code, &operator);
        Plan {
            operator,
            tuning: Tuning(settings),
        }
    }

    /// The keys and roles of a dependency of which something is said.
    fn parts(&self, name: &str) -> Vec<Place> {
        let places = self
            .document
            .addresses()
            .filter_map(|address| match &address.scope {
                Scope::Dependency(of, place) if of == name && *place != Place::default() => {
                    Some(place)
                }
                _ => None,
            });
        let places: BTreeSet<&Place> = places.collect();
        places.into_iter().cloned().collect()
    }

    fn part(&mut self, code: &Dependency, place: &Place, whole: &PolicyPatch) -> PolicyPatch {
        let scope = |key: &Option<String>, role: &Option<String>| {
            let place = Place {
                key: key.clone(),
                role: role.clone(),
            };
            Scope::Dependency(code.name.clone(), place)
        };
        let own_scope = scope(&place.key, &place.role);
        let base = code
            .policies
            .resolve(place.key.as_deref(), place.role.as_deref());
        let (mut own, mut all) = (PolicyPatch::default(), whole.clone());
        let inherited = [scope(&place.key, &None), scope(&None, &place.role)];
        for from in inherited.iter().filter(|scope| **scope != own_scope) {
            self.lay(from, &mut all);
        }
        self.lay(&own_scope, &mut all);
        self.lay(&own_scope, &mut own);
        for (row, known) in schema::rows(own_scope.at()) {
            let given = self.given(&own_scope, row);
            if let (Target::Policy { get, .. }, false) = (&known.target, given.is_empty()) {
                self.origin(&own_scope, row, given, get(&base), get(&Policy::default()));
            }
        }
        self.idle(&own_scope, &own, &all, &base);
        own
    }

    fn lay(&self, scope: &Scope, patch: &mut PolicyPatch) {
        for (row, known) in schema::rows(scope.at()) {
            if let (Target::Policy { set, .. }, Some(given)) =
                (&known.target, self.given(scope, row).first())
            {
                set(patch, &given.setting);
            }
        }
    }

    fn idle(&mut self, scope: &Scope, own: &PolicyPatch, all: &PolicyPatch, base: &Policy) {
        for (key, needs) in idle(&own.parts, &all.parts, base) {
            let found = schema::rows(scope.at()).find(|(_, row)| row.key == key);
            let place = found
                .and_then(|(row, _)| self.given(scope, row).into_iter().next())
                .map_or(Where::Nowhere, |given| given.place);
            self.problem(place, format!("`{key}` has no effect without `{needs}`"));
        }
    }

    /// Checks the values against each other, with what the code says of the rest.
    fn clashes(&mut self, code: &Dependency, operator: &BTreeMap<Place, PolicyPatch>) {
        let policies = Policies {
            operator: operator.clone(),
            ..code.policies.clone()
        };
        let check = |policies: &Policies, place: &Place| {
            let policy = policies.resolve(place.key.as_deref(), place.role.as_deref());
            policy.check().err().unwrap_or_default()
        };
        let of_whole = check(&policies, &Place::default());
        let places: BTreeSet<&Place> = operator
            .keys()
            .chain(code.policies.patches.keys())
            .collect();
        let whole = Place::default();
        for place in
            std::iter::once(&whole).chain(places.into_iter().filter(|place| **place != whole))
        {
            // What the code alone gets wrong is told by whoever checks the code.
            let by_code = check(&code.policies, place);
            for problem in check(&policies, place) {
                let is_inherited = *place != whole && of_whole.contains(&problem);
                if !is_inherited && !by_code.contains(&problem) {
                    let name = code.name.clone();
                    let scopes = [
                        Scope::Dependency(name.clone(), place.clone()),
                        Scope::Dependency(
                            name.clone(),
                            Place {
                                key: None,
                                role: place.role.clone(),
                            },
                        ),
                        Scope::Dependency(
                            name.clone(),
                            Place {
                                key: place.key.clone(),
                                role: None,
                            },
                        ),
                        Scope::Dependency(name, Place::default()),
                    ];
                    self.clash(&problem, &scopes);
                }
            }
        }
    }

    /// Tells values that contradict each other, in the words of the file, at the first of them that
    /// was given.
    fn clash(&mut self, problem: &str, scopes: &[Scope]) {
        let (message, rows) = translated(problem, scopes[0].at());
        let given = rows.iter().find_map(|row| {
            let mut chains = scopes.iter().map(|scope| self.chain(scope, *row));
            chains.find_map(|chain| chain.into_iter().next())
        });
        let place = given.map_or(Where::Nowhere, |given| given.place);
        // A dependency that nobody knows yet has what `defaults` says, and no name.
        let defaults = Problem::new(place.clone(), format!("`defaults`: {message}"));
        let problem = match &scopes[0] {
            Scope::Dependency(name, _) if name.is_empty() => defaults.clone(),
            scope => Problem::new(place, format!("`{}`: {message}", dotted(&scope.segments()))),
        };
        // Not once more for every dependency that has it from there.
        if !self.problems.contains(&problem) && !self.problems.contains(&defaults) {
            self.problems.push(problem);
        }
    }
}
