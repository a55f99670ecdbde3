//! The policies of the parts of a dependency, resolved once for all that are alike.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::Part;
use crate::circuit::Rules;
use crate::policy::Policies;
use crate::sync::Mutex;

/// The policies of a dependency at one time.
///
/// A key that no patch names has the same policy as all others, so there are as many results as
/// combinations of patches, however many keys there are.
pub(super) struct Table {
    policies: Arc<Policies>,
    /// Counts the tables of a store.
    pub(super) revision: u64,
    keys: BTreeSet<String>,
    roles: BTreeSet<String>,
    resolved: Mutex<HashMap<Place, Rules>>,
}

/// A key and a role, if a patch names them.
type Place = (Option<Box<str>>, Option<Box<str>>);

impl Table {
    pub(super) fn new(policies: Arc<Policies>, revision: u64) -> Self {
        let places = || policies.patches.keys().chain(policies.operator.keys());
        Self {
            keys: places().filter_map(|place| place.key.clone()).collect(),
            roles: places().filter_map(|place| place.role.clone()).collect(),
            resolved: Mutex::default(),
            revision,
            policies,
        }
    }

    pub(super) fn rules(&self, part: Part<'_>) -> Rules {
        let key = part.key().filter(|key| self.keys.contains(*key));
        let role = part.role().filter(|role| self.roles.contains(*role));
        let place = (key.map(Box::from), role.map(Box::from));
        let mut resolved = self.resolved.lock();
        let rules = resolved
            .entry(place)
            .or_insert_with(|| Rules::new(self.policies.resolve(key, role)));
        rules.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyPatch;
    use crate::{Dependency, dependency};

    fn table(dependency: dependency::Dependency) -> Table {
        Table::new(Arc::new(dependency.policies), 1)
    }

    #[test]
    fn keys_that_are_alike_share_one_policy() {
        let patch = PolicyPatch::new().consecutive(9);
        let table = table(Dependency::new("http").key("a.com", patch));
        let first = table.rules(Part::Key("b.com"));
        for part in [
            Part::Key("c.com"),
            Part::Role("read"),
            Part::KeyRole {
                key: "d.com",
                role: "read",
            },
        ] {
            assert!(Arc::ptr_eq(&first.policy, &table.rules(part).policy));
            assert!(Arc::ptr_eq(&first.breaker, &table.rules(part).breaker));
        }
        let patched = table.rules(Part::Key("a.com"));
        assert_eq!(patched.breaker.consecutive, Some(9));
        assert_eq!(patched.policy.breaker.consecutive, Some(9));
        assert_eq!(first.breaker.consecutive, Some(5));
    }

    #[test]
    fn a_role_of_a_key_has_its_own_policy() {
        let table = table(
            Dependency::new("http")
                .key("a.com", PolicyPatch::new().consecutive(9))
                .key_role("a.com", "read", PolicyPatch::new().consecutive(2)),
        );
        let consecutive = |key, role| {
            let part = Part::of(key, role).unwrap();
            table.rules(part).breaker.consecutive
        };
        assert_eq!(consecutive(Some("a.com"), Some("read")), Some(2));
        assert_eq!(consecutive(Some("a.com"), Some("write")), Some(9));
        assert_eq!(consecutive(Some("b.com"), Some("read")), Some(5));
        assert_eq!(consecutive(None, Some("read")), Some(5));
    }
}
