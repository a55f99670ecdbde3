//! The places of a guarded call that belongs to a key or a role.

use std::sync::Arc;

use super::enter::{Sited, enter_layered};
use super::site::{Site, SiteInfo, SiteOptions};
use crate::breaker::Word;
use crate::bulkhead::Bulkhead;
use crate::call::{Call, HeldPlaces, Places, Show, admission};
use crate::circuit::{Circuit, Context, Timeout};
use crate::dependency::Entry;
use crate::error::DependencyUnhealthy;
use crate::keyed::{CallKey, Keyed};
use crate::registry::{HealthRegistry, scope};

/// The places of a call in its `N` dependencies, and in up to `M` parts of them.
#[derive(Debug)]
pub struct KeyedPlaces<const N: usize, const M: usize> {
    site: &'static Site<N>,
    /// The words that the call was admitted under.
    words: [Word; N],
    /// Those that the call has: a key may be `None`.
    parts: [Option<(Arc<Keyed>, Word)>; M],
    /// The parts are those of a scope.
    is_scoped: bool,
}

impl<const N: usize, const M: usize> Call<KeyedPlaces<N, M>> {
    /// Creates a call that is not admitted yet, and belongs to no key yet.
    pub fn keyed(site: &'static Site<N>) -> Self {
        let mut call = Self::outside(KeyedPlaces {
            site,
            words: [Word::from_bits(0); N],
            parts: [const { None }; M],
            is_scoped: false,
        });
        // Without keys, the role is one of the first dependency.
        if M == 1 && site.options().role.is_some() {
            call.places.take_part(0, 0, None, site.options().role);
        }
        call
    }
}

/// Says which key of a dependency the call belongs to: the `nth` of its keys.
pub fn key<const N: usize, const M: usize>(
    call: &mut Call<KeyedPlaces<N, M>>,
    nth: usize,
    dependency: usize,
    key: &impl CallKey,
) {
    let role = call.places.site.options().role;
    let places = &mut call.places;
    key.with_key(|key| match role {
        None => places.take_part(nth, dependency, key, None),
        Some(_) => {
            if key.is_some() {
                places.take_part(2 * nth, dependency, key, None);
            }
            places.take_part(2 * nth + 1, dependency, key, role);
        }
    });
}

impl<const N: usize, const M: usize> KeyedPlaces<N, M> {
    fn take_part(&mut self, slot: usize, dependency: usize, key: Option<&str>, role: Option<&str>) {
        let part = if scope::is_any_active()
            && let Some(registry) = scope::scoped()
        {
            self.is_scoped = true;
            let name = self.site.info().deps[dependency];
            registry.entry_or_warn(name).keyed(key, role)
        } else {
            self.site.resolve()[dependency].keyed(key, role)
        };
        self.parts[slot] = part.map(|part| (part, Word::from_bits(0)));
    }

    /// Exchanges the parts for those of another registry. A function that returns a future has its keys when
    /// it is called, and its scope when that is polled.
    #[cold]
    fn move_to(&mut self, registry: &HealthRegistry) {
        for (part, _) in self.parts.iter_mut().flatten() {
            let entry = registry.entry_or_warn(part.name().as_str());
            if Arc::ptr_eq(entry.context(), part.context()) {
                continue;
            }
            let identity = part.identity();
            if let Some(moved) = entry.keyed(identity.key(), identity.role()) {
                *part = moved;
            }
        }
    }

    fn entries(&self) -> &[Arc<Entry>; N] {
        self.site.resolve()
    }
}

impl<const N: usize, const M: usize> Sited for KeyedPlaces<N, M> {
    fn options(&self) -> &'static SiteOptions {
        self.site.options()
    }

    fn info(&self) -> &'static SiteInfo {
        self.site.info()
    }

    fn are_closed(&mut self) -> bool {
        let entries = self.site.resolve();
        let mut words = self.words.iter_mut().zip(entries);
        let are_closed = words.all(|(word, entry)| {
            *word = entry.word();
            word.is_closed()
        });
        are_closed
            && self.parts.iter_mut().flatten().all(|(part, word)| {
                *word = part.word();
                word.is_closed()
            })
    }

    fn are_plain(&self) -> bool {
        let parts = self.parts.iter().flatten().map(|(_, word)| word);
        self.words.iter().chain(parts).all(|word| word.is_plain())
    }

    fn are_healthy(&self) -> bool {
        let mut entries = self.entries().iter();
        let mut parts = self.parts.iter().flatten();
        entries.all(|entry| entry.word().is_healthy())
            && parts.all(|(part, _)| part.word().is_healthy())
    }

    fn are_limited(&self) -> bool {
        let parts = self.parts.iter().flatten().map(|(_, word)| word);
        self.words.iter().chain(parts).any(|word| word.is_limited())
    }

    fn admit(&mut self) -> Result<(), DependencyUnhealthy> {
        let mut words = Vec::with_capacity(N + M);
        let mut admitted = Ok(());
        self.show(&mut |places| {
            let circuits: Vec<&Circuit> = places.iter().map(|(circuit, _)| *circuit).collect();
            words.extend(places.iter().map(|(_, word)| *word));
            admitted = admission::admit(&circuits, &mut words);
        });
        let parts = self.parts.iter_mut().flatten().map(|(_, word)| word);
        for (place, word) in self.words.iter_mut().chain(parts).zip(words) {
            *place = word;
        }
        admitted
    }

    fn come_home(&mut self) {
        if self.is_scoped {
            self.move_to(HealthRegistry::global());
        }
    }

    fn hold(&mut self, registry: &HealthRegistry) -> Result<HeldPlaces, DependencyUnhealthy> {
        self.move_to(registry);
        let entries = self.site.resolve_in(registry);
        let parts = self.parts.iter().flatten();
        let parts: Vec<Arc<Keyed>> = parts.map(|(part, _)| Arc::clone(part)).collect();
        if let Some(at) = self.options().shed {
            let entries = entries.iter().map(|entry| &***entry);
            let parts = parts.iter().map(|part| &***part);
            let circuits: Vec<&Circuit> = entries.chain(parts).collect();
            admission::shed(&circuits, at)?;
        }
        HeldPlaces::take(entries, parts)
    }

    fn own_bulkhead(&self, registry: Option<&HealthRegistry>) -> Option<Arc<Bulkhead>> {
        match registry {
            Some(registry) => self.site.bulkhead_in(registry),
            None => self.site.bulkhead(),
        }
    }
}

impl<const N: usize, const M: usize> Places for KeyedPlaces<N, M> {
    fn enter(call: &mut Call<Self>) -> Result<(), DependencyUnhealthy> {
        enter_layered(call)
    }

    fn are_quiet(&self) -> bool {
        let entries = self.entries();
        let mut entries = self.words.iter().zip(entries);
        entries.all(|(word, entry)| word.is_quiet(entry.word_relaxed()))
            && self
                .parts
                .iter()
                .flatten()
                .all(|(part, word)| word.is_quiet(part.word_relaxed()))
    }

    fn show(&self, to: Show<'_>) {
        let mut places: Vec<(&Circuit, Word)> = Vec::with_capacity(N + M);
        let entries = self.entries().iter().map(|entry| &***entry);
        places.extend(entries.zip(self.words));
        let parts = self.parts.iter().flatten();
        places.extend(parts.map(|(part, word)| (&***part, *word)));
        to(&places);
    }

    fn context(&self) -> Option<&Context> {
        self.entries().first().map(|entry| &**entry.context())
    }

    fn timeout(&self) -> Timeout {
        self.site.options().timeout
    }

    fn advise(&self) {
        self.site.advise();
    }
}
