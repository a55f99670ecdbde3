//! The schema told to others: JSON Schema for editors, Markdown for readers.

use super::document::{PREFIX, env_segment};
use super::kind::{Kind, Setting};
use super::schema::{self, At, BRANCHES, Row, Shape, Target, VERSION};
use crate::dependency::Settings;
use crate::gate::GatePolicy;
use crate::policy::{Policy, Profile};

/// Sections with a definition of their own, so that what occurs twice is written once.
const SECTIONS: &[(At, &str)] = &[
    (At::Defaults, "defaults"),
    (At::Dependency, "dependency"),
    (At::Key, "key"),
    (At::Role, "role"),
    (At::Gate, "gate"),
    (At::Degradation, "degradation"),
    (At::Level, "level"),
];

/// The schema as JSON Schema, draft 2020-12.
pub(super) fn json_schema() -> String {
    let mut definitions: Vec<String> = Vec::new();
    for (at, name) in SECTIONS {
        definitions.push(format!("    {}: {}", quoted(name), object(*at, 4)));
    }
    let root = object(At::Root, 0);
    let inner = root.trim_start_matches('{').trim_start();
    format!(
        "{{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \
         \"title\": \"Configuration of health-runtime\",\n  \"$defs\": {{\n{}\n  }},\n  {inner}\n",
        definitions.join(",\n")
    )
}

/// A section as an object, indented by so many spaces.
fn object(at: At, indent: usize) -> String {
    let mut properties: Vec<(String, String)> = Vec::new();
    let mut tables: Vec<&str> = Vec::new();
    for (_, row) in schema::rows(at) {
        if row.table.is_empty() {
            properties.push((row.key.to_owned(), property(row)));
        } else if !tables.contains(&row.table) {
            tables.push(row.table);
        }
    }
    for table in tables {
        let rows = schema::rows(at).filter(|(_, row)| row.table == table);
        let inner = rows
            .map(|(_, row)| (row.key.to_owned(), property(row)))
            .collect();
        properties.push((table.to_owned(), object_of(inner, &[], indent + 4)));
    }
    for branch in schema::branches(at) {
        let name = SECTIONS
            .iter()
            .find(|(at, _)| *at == branch.child)
            .map_or("", |(_, name)| name);
        let doc = quoted(branch.doc);
        let target = format!("{{ \"$ref\": \"#/$defs/{name}\" }}");
        let schema = match branch.shape {
            Shape::One => format!("{{ \"description\": {doc}, \"$ref\": \"#/$defs/{name}\" }}"),
            Shape::Named => {
                format!(
                    "{{ \"description\": {doc}, \"type\": \"object\", \"additionalProperties\": {target} }}"
                )
            }
            Shape::List => {
                format!("{{ \"description\": {doc}, \"type\": \"array\", \"items\": {target} }}")
            }
        };
        properties.push((branch.key.to_owned(), schema));
    }
    let required: &[&str] = match at {
        At::Root => &["version"],
        At::Level => &["name", "when"],
        _ => &[],
    };
    object_of(properties, required, indent)
}

fn object_of(properties: Vec<(String, String)>, required: &[&str], indent: usize) -> String {
    let margin = " ".repeat(indent);
    let properties = properties
        .into_iter()
        .map(|(name, schema)| format!("{margin}    {}: {schema}", quoted(&name)));
    let properties = properties.collect::<Vec<_>>().join(",\n");
    let required: Vec<String> = required.iter().map(|key| quoted(key)).collect();
    let required = match required.as_slice() {
        [] => String::new(),
        keys => format!("{margin}  \"required\": [{}],\n", keys.join(", ")),
    };
    format!(
        "{{\n{margin}  \"type\": \"object\",\n{required}{margin}  \"additionalProperties\": false,\n\
         {margin}  \"properties\": {{\n{properties}\n{margin}  }}\n{margin}}}"
    )
}

fn property(row: &Row) -> String {
    let doc = quoted(row.doc);
    match row.target {
        Target::Version => format!("{{ \"description\": {doc}, \"const\": {VERSION} }}"),
        _ => format!("{{ \"description\": {doc}, {} }}", row.kind.json_schema()),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The value of a key where nobody says anything, as a file writes it.
pub(super) fn default_of(row: &Row) -> Option<String> {
    let setting = match &row.target {
        Target::Policy { get, .. } => get(&Policy::default()),
        Target::Settings { get, .. } => get(&Settings::default()),
        Target::Gate { get, .. } => get(&GatePolicy::default()),
        Target::Profile | Target::Version | Target::Level => return None,
    };
    match setting {
        Setting::Unsaid(_) => None,
        setting => Some(setting.toml()),
    }
}

/// All keys, as Markdown.
pub(super) fn reference() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         <!-- Generated from `health-runtime/src/config/rows.rs`; a test compares them. -->\n\n\
         Every key of the configuration file. TOML and YAML have the same. Durations have a unit\n\
         (`ms`, `s`, `m`, `h`, `d`, also together: `1m30s`); ratios are parts of the whole, 0 to 1.\n\
         A key that is not here is an error.\n\n\
         From the weakest to the strongest: the default, the code, a profile, the file, the\n\
         environment, an override by the program. A more special section wins over a more general\n\
         one: `[deps.redis]` over `[defaults]`, a role over a key, a role of a key over both.\n\n\
         ## The environment\n\n",
    );
    text.push_str(&format!(
        "`{PREFIX}` and the path of the key in capitals, with `__` between its parts. Whatever is\n\
         neither letter nor digit becomes `_`. Keys of `[[degradation.levels]]` and `version` have\n\
         none. `HEALTH_RUNTIME_CONFIG` names the file.\n\n"
    ));
    text.push_str("## The file\n\n| section | holds |\n|---|---|\n");
    for branch in BRANCHES {
        text.push_str(&format!(
            "| `{}` | {} |\n",
            section(branch.at, branch.key, branch.shape),
            branch.doc
        ));
    }
    text.push_str(&table("At the top", At::Root, None, ""));
    text.push_str(&table(
        "`[deps.NAME]`",
        At::Dependency,
        Some(""),
        "DEPS__NAME__",
    ));
    for (name, places) in [
        ("probe", "`[defaults.probe]`, `[deps.NAME.probe]`"),
        (
            "breaker",
            "`[defaults.breaker]`, `[deps.NAME.breaker]`, and in keys and roles",
        ),
        (
            "call",
            "`[defaults.call]`, `[deps.NAME.call]`, and in keys and roles",
        ),
        (
            "backpressure",
            "`[defaults.backpressure]`, `[deps.NAME.backpressure]`, and in keys and roles",
        ),
    ] {
        let env = format!("DEPS__NAME__{}__", env_segment(name));
        text.push_str(&table(places, At::Dependency, Some(name), &env));
    }
    text.push_str(&table("`[gate]`", At::Gate, None, "GATE__"));
    text.push_str(&table("`[[degradation.levels]]`", At::Level, None, ""));
    text.push_str(
        "\n## Profiles\n\nWhat `profile` sets, at the top or for one dependency.\n\n| key |",
    );
    for profile in Profile::ALL {
        text.push_str(&format!(" {} |", profile.name()));
    }
    text.push_str("\n|---|---|---|---|\n");
    for at in [At::Dependency, At::Gate] {
        for (_, row) in schema::rows(at).filter(|(_, row)| row.profiled) {
            let path = if at == At::Gate {
                format!("gate.{}", row.key)
            } else {
                row.path()
            };
            text.push_str(&format!("| `{path}` |"));
            for profile in Profile::ALL {
                let setting = match &row.target {
                    Target::Policy { get, .. } => get(&profile.policy()).to_string(),
                    Target::Gate { get, .. } => get(&profile.gate()).to_string(),
                    _ => String::new(),
                };
                text.push_str(&format!(" {setting} |"));
            }
            text.push('\n');
        }
    }
    text
}

/// A file that shows every key at its default, each in a comment: what is not said there is left to
/// the code.
pub(super) fn example() -> String {
    let mut text = format!(
        "# Every key of the configuration of health-runtime, at its default, in a comment.\n\
         # A `#` right before a key or a `[` can be taken away: what the line says wins over the code then,\n\
         # and the environment over the line.\n\
         # Durations have a unit (ms, s, m, h, d); ratios are parts of the whole, 0 to 1.\n\n\
         version = {VERSION}\n"
    );
    text.push_str(&example_keys(At::Root, ""));
    for table in ["probe", "breaker", "call", "backpressure"] {
        text.push_str(&format!(
            "\n[defaults.{table}]  # and [deps.NAME.{table}]\n"
        ));
        text.push_str(&example_keys(At::Defaults, table));
    }
    text.push_str("\n[gate]\n");
    text.push_str(&example_keys(At::Gate, ""));
    text.push_str(
        "\n# A dependency; the program has to know its name. What is not said here is as in [defaults].\n\
         #[deps.redis]\n",
    );
    text.push_str(&example_keys(At::Dependency, ""));
    text.push_str(
        "\n# One host or tenant of it, one kind of call, and both together.\n\
         #[deps.redis.keys.\"cache-1\"]\n#breaker = { open_for = \"1s\" }\n\
         #[deps.redis.roles.metadata]\n#call = { timeout = \"30s\" }\n\
         #[deps.redis.keys.\"cache-1\".roles.metadata]\n#breaker = { consecutive = 5 }\n\n\
         # Levels of degradation above 0, from mild to severe; the highest that matches wins.\n\
         #[[degradation.levels]]\n#name = \"cache degraded\"\n#when = [\"redis\"]\n\
         #state = \"unhealthy\"  # or \"degraded\"\n#needs = \"all\"  # or \"any\"\n",
    );
    text
}

fn example_keys(at: At, table: &str) -> String {
    let mut text = String::new();
    for (_, row) in schema::rows(at).filter(|(_, row)| row.table == table) {
        let shown = match row.target {
            Target::Version => continue,
            Target::Profile => "\"balanced\"".to_owned(),
            _ => default_of(row).unwrap_or_else(|| "3".to_owned()),
        };
        let words = match row.kind {
            Kind::Word(_) => format!(" {}.", row.kind).replace(" one of", " One of"),
            _ => String::new(),
        };
        text.push_str(&format!("# {}{words}\n#{} = {shown}\n", row.doc, row.key));
    }
    text
}

fn section(at: At, key: &str, shape: Shape) -> String {
    let parent = match at {
        At::Dependency => "deps.NAME.",
        At::Key => "deps.NAME.keys.\"KEY\".",
        At::Degradation => "degradation.",
        _ => "",
    };
    let name = match (key, shape) {
        (_, Shape::One) => key.to_owned(),
        ("deps", _) => "deps.NAME".to_owned(),
        ("keys", _) => "keys.\"KEY\"".to_owned(),
        ("roles", _) => "roles.ROLE".to_owned(),
        (key, _) => return format!("[[{parent}{key}]]"),
    };
    format!("[{parent}{name}]")
}

/// The rows of a section, or of one of its tables.
fn table(title: &str, at: At, table: Option<&str>, env: &str) -> String {
    let mut text =
        format!("\n## {title}\n\n| key | value | default | meaning |\n|---|---|---|---|\n");
    for (_, row) in schema::rows(at) {
        if table.is_none_or(|table| table == row.table) {
            let default = default_of(row).map(|default| format!("`{default}`"));
            text.push_str(&format!(
                "| `{}` | {} | {} | {} |\n",
                row.key,
                row.kind,
                default.as_deref().unwrap_or("-"),
                row.doc
            ));
        }
    }
    if !env.is_empty() {
        text.push_str(&format!("\nEnvironment: `{PREFIX}{env}KEY`.\n"));
    }
    text
}
