//! The data and the commands on it.

use std::collections::{BTreeMap, BTreeSet};

use super::command::Command;
use super::reply::Reply;

type Bytes = Vec<u8>;

/// The one database of a process.
pub(crate) struct Store {
    run_id: String,
    values: BTreeMap<Bytes, Value>,
}

enum Value {
    Text(Bytes),
    Set(BTreeSet<Bytes>),
}

impl Store {
    pub(crate) fn new(run_id: String) -> Self {
        Self {
            run_id,
            values: BTreeMap::new(),
        }
    }

    pub(super) fn execute(&mut self, command: &Command) -> Reply {
        let name = String::from_utf8_lossy(&command.name).to_ascii_uppercase();
        let arguments: Vec<&[u8]> = command.arguments.iter().map(Vec::as_slice).collect();
        let done = match (name.as_str(), &arguments[..]) {
            ("PING", []) => Ok(Reply::Simple("PONG")),
            ("PING", [text]) => Ok(Reply::Bulk(text.to_vec())),
            ("INFO", _) => Ok(self.info()),
            ("SELECT", [b"0"]) => Ok(Reply::Simple("OK")),
            ("SELECT", [_]) => Err("ERR DB index is out of range".into()),
            ("CLIENT", [word, ..]) if word.eq_ignore_ascii_case(b"SETINFO") => {
                Ok(Reply::Simple("OK"))
            }
            ("FLUSHALL", _) => {
                self.values.clear();
                Ok(Reply::Simple("OK"))
            }
            ("GET", [key]) => self.get(key),
            ("SET", [key, text]) => {
                let text = Value::Text(text.to_vec());
                self.values.insert(key.to_vec(), text);
                Ok(Reply::Simple("OK"))
            }
            ("SET", [_, _, ..]) => Err("ERR the stand-in knows no options of SET".into()),
            ("DEL", keys @ [_, ..]) => Ok(count(keys, |key| self.values.remove(*key).is_some())),
            ("EXISTS", keys @ [_, ..]) => Ok(count(keys, |key| self.values.contains_key(*key))),
            ("SADD", [key, members @ ..]) if !members.is_empty() => self.add(key, members),
            ("SREM", [key, members @ ..]) if !members.is_empty() => self.remove(key, members),
            ("SMEMBERS", [key]) => self.set(key).map(|set| {
                let members = set.into_iter().flatten();
                Reply::Array(members.cloned().map(Reply::Bulk).collect())
            }),
            ("SCARD", [key]) => {
                (self.set(key)).map(|set| Reply::Integer(set.map_or(0, BTreeSet::len)))
            }
            ("SISMEMBER", [key, member]) => self
                .set(key)
                .map(|set| Reply::Integer(set.is_some_and(|set| set.contains(*member)).into())),
            ("KEYS", [pattern]) => Ok(self.keys(pattern)),
            ("SCAN", [_cursor, options @ ..]) => self.scan(options),
            (
                "PING" | "GET" | "SET" | "DEL" | "EXISTS" | "SADD" | "SREM" | "SMEMBERS" | "SCARD"
                | "SISMEMBER" | "KEYS" | "SCAN" | "SELECT",
                _,
            ) => Err(format!(
                "ERR wrong number of arguments for '{name}' command"
            )),
            _ => Err(format!("ERR unknown command '{}'", name.escape_debug())),
        };
        done.unwrap_or_else(Reply::Error)
    }

    /// All that clients of a stand-in look at; sections are not told apart.
    fn info(&self) -> Reply {
        let text = format!(
            "# Server\r\nredis_version:7.0.0\r\nprocess_id:{}\r\nrun_id:{}\r\n",
            std::process::id(),
            self.run_id
        );
        Reply::Bulk(text.into_bytes())
    }

    fn get(&self, key: &[u8]) -> Result<Reply, String> {
        match self.values.get(key) {
            None => Ok(Reply::Null),
            Some(Value::Text(text)) => Ok(Reply::Bulk(text.clone())),
            Some(Value::Set(_)) => Err(wrong_type()),
        }
    }

    fn set(&self, key: &[u8]) -> Result<Option<&BTreeSet<Bytes>>, String> {
        match self.values.get(key) {
            None => Ok(None),
            Some(Value::Set(set)) => Ok(Some(set)),
            Some(Value::Text(_)) => Err(wrong_type()),
        }
    }

    fn add(&mut self, key: &[u8], members: &[&[u8]]) -> Result<Reply, String> {
        let value = (self.values)
            .entry(key.to_vec())
            .or_insert_with(|| Value::Set(BTreeSet::new()));
        match value {
            Value::Set(set) => Ok(count(members, |member| set.insert(member.to_vec()))),
            Value::Text(_) => Err(wrong_type()),
        }
    }

    fn remove(&mut self, key: &[u8], members: &[&[u8]]) -> Result<Reply, String> {
        match self.values.get_mut(key) {
            None => Ok(Reply::Integer(0)),
            Some(Value::Text(_)) => Err(wrong_type()),
            Some(Value::Set(set)) => {
                let removed = count(members, |member| set.remove(*member));
                // A set without members does not exist, as in Redis.
                if set.is_empty() {
                    self.values.remove(key);
                }
                Ok(removed)
            }
        }
    }

    fn keys(&self, pattern: &[u8]) -> Reply {
        let keys = self.values.keys().filter(|key| matches(pattern, key));
        Reply::Array(keys.cloned().map(Reply::Bulk).collect())
    }

    /// Everything at once: cursor 0 says that there is no more.
    fn scan(&self, options: &[&[u8]]) -> Result<Reply, String> {
        let mut pattern: &[u8] = b"*";
        for option in options.chunks(2) {
            match option {
                [name, value] if name.eq_ignore_ascii_case(b"MATCH") => pattern = value,
                [name, _] if name.eq_ignore_ascii_case(b"COUNT") => {}
                _ => return Err("ERR syntax error".into()),
            }
        }
        let cursor = Reply::Bulk(b"0".to_vec());
        Ok(Reply::Array(vec![cursor, self.keys(pattern)]))
    }
}

fn count<T>(items: &[T], mut changes: impl FnMut(&T) -> bool) -> Reply {
    let mut changed = 0;
    for item in items {
        changed += usize::from(changes(item));
    }
    Reply::Integer(changed)
}

fn wrong_type() -> String {
    "WRONGTYPE Operation against a key holding the wrong kind of value".into()
}

/// Matches a glob with `*` and `?`, in time proportional to the product of the lengths at worst.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where to go on when the last `*` must swallow one byte more.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((star_at, star_from)) => {
                    star = Some((star_at, star_from + 1));
                    at = star_at + 1;
                    from = star_from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(store: &mut Store, line: &str) -> Reply {
        let input = format!("{line}\r\n");
        let command = Command::read(&mut input.as_bytes()).unwrap().unwrap();
        store.execute(&command)
    }

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.as_bytes().to_vec())
    }

    #[test]
    fn texts_are_set_read_and_deleted() {
        let mut store = Store::new("r".into());
        assert_eq!(run(&mut store, "get a"), Reply::Null);
        assert_eq!(run(&mut store, "SET a 1"), Reply::Simple("OK"));
        assert_eq!(run(&mut store, "GET a"), bulk("1"));
        assert_eq!(run(&mut store, "EXISTS a a b"), Reply::Integer(2));
        assert_eq!(run(&mut store, "DEL a b"), Reply::Integer(1));
        assert_eq!(run(&mut store, "EXISTS a"), Reply::Integer(0));
    }

    #[test]
    fn sets_gain_and_lose_members_and_end_with_the_last() {
        let mut store = Store::new("r".into());
        assert_eq!(run(&mut store, "SADD s a b a"), Reply::Integer(2));
        assert_eq!(run(&mut store, "SCARD s"), Reply::Integer(2));
        assert_eq!(run(&mut store, "SISMEMBER s b"), Reply::Integer(1));
        assert_eq!(run(&mut store, "SREM s b c"), Reply::Integer(1));
        assert_eq!(run(&mut store, "SMEMBERS s"), Reply::Array(vec![bulk("a")]));
        assert_eq!(run(&mut store, "SREM s a"), Reply::Integer(1));
        assert_eq!(run(&mut store, "EXISTS s"), Reply::Integer(0));
        assert_eq!(run(&mut store, "SMEMBERS s"), Reply::Array(vec![]));
    }

    #[test]
    fn a_key_of_another_type_is_an_error_and_unchanged() {
        let mut store = Store::new("r".into());
        run(&mut store, "SET a 1");
        for line in [
            "SADD a x",
            "SREM a x",
            "SMEMBERS a",
            "SCARD a",
            "SISMEMBER a x",
        ] {
            let reply = run(&mut store, line);
            assert_eq!(reply, Reply::Error(wrong_type()), "{line}");
        }
        assert_eq!(run(&mut store, "GET a"), bulk("1"));
    }

    #[test]
    fn keys_and_scan_find_by_pattern() {
        let mut store = Store::new("r".into());
        run(&mut store, "SET session:1 x");
        run(&mut store, "SET other x");
        let found = Reply::Array(vec![bulk("session:1")]);
        assert_eq!(run(&mut store, "KEYS session:*"), found);
        assert_eq!(
            run(&mut store, "SCAN 0 COUNT 10 match session:?"),
            Reply::Array(vec![bulk("0"), found])
        );
        assert_eq!(run(&mut store, "FLUSHALL"), Reply::Simple("OK"));
        assert_eq!(run(&mut store, "KEYS *"), Reply::Array(vec![]));
    }

    #[test]
    fn unknown_commands_and_wrong_counts_are_errors() {
        let mut store = Store::new("r".into());
        for line in [
            "HELLO 3",
            "GET",
            "SET a",
            "SET a 1 EX 5",
            "SADD s",
            "SELECT 1",
            "SCAN 0 MATCH",
        ] {
            let reply = run(&mut store, line);
            assert!(matches!(reply, Reply::Error(_)), "{line}: {reply:?}");
        }
    }

    #[test]
    fn globs_match_as_in_redis() {
        for (pattern, text) in [
            ("*", ""),
            ("a*c", "abbc"),
            ("*b*", "abc"),
            ("a?c", "abc"),
            ("**", "x"),
        ] {
            assert!(
                matches(pattern.as_bytes(), text.as_bytes()),
                "{pattern} {text}"
            );
        }
        for (pattern, text) in [("", "a"), ("a", ""), ("a*c", "abd"), ("a?", "a"), ("?", "")] {
            assert!(
                !matches(pattern.as_bytes(), text.as_bytes()),
                "{pattern} {text}"
            );
        }
    }
}
