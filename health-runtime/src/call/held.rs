//! Places in a registry that was found at run time.

use std::sync::Arc;

use super::{Call, Places, Show, admission};
use crate::breaker::Word;
use crate::circuit::{Circuit, Context};
use crate::dependency::Entry;
use crate::error::DependencyUnhealthy;
use crate::keyed::Keyed;

#[derive(Debug)]
pub struct HeldPlaces {
    entries: Vec<Arc<Entry>>,
    /// The keys and roles of these.
    parts: Vec<Arc<Keyed>>,
    /// Of both, in this order.
    words: Vec<Word>,
}

impl HeldPlaces {
    /// Takes a place in each of the entries and their parts, or none.
    pub(crate) fn take(
        entries: Vec<Arc<Entry>>,
        parts: Vec<Arc<Keyed>>,
    ) -> Result<Self, DependencyUnhealthy> {
        let mut held = Self {
            entries,
            parts,
            words: Vec::new(),
        };
        let circuits: Vec<&Circuit> = held.circuits().collect();
        let mut words: Vec<Word> = circuits.iter().map(|circuit| circuit.word()).collect();
        if !words.iter().all(|word| word.is_closed()) {
            admission::admit(&circuits, &mut words)?;
        }
        held.words = words;
        Ok(held)
    }

    fn circuits(&self) -> impl Iterator<Item = &Circuit> {
        let entries = self.entries.iter().map(|entry| &***entry);
        entries.chain(self.parts.iter().map(|part| &***part))
    }
}

impl Places for HeldPlaces {
    fn enter(call: &mut Call<Self>) -> Result<(), DependencyUnhealthy> {
        // They were taken when these were made.
        call.admit_special();
        Ok(())
    }

    fn are_quiet(&self) -> bool {
        let mut held = self.circuits().zip(&self.words);
        held.all(|(circuit, word)| word.is_quiet(circuit.word_relaxed()))
    }

    fn show(&self, to: Show<'_>) {
        let held: Vec<(&Circuit, Word)> = self.circuits().zip(self.words.iter().copied()).collect();
        to(&held);
    }

    fn context(&self) -> Option<&Context> {
        self.entries.first().map(|entry| &**entry.context())
    }

    fn advise(&self) {}

    fn is_of(&self, dependency: &str, key: Option<&str>, role: Option<&str>) -> bool {
        if key.is_none() && role.is_none() {
            return true;
        }
        let mut parts = self.parts.iter();
        parts.any(|part| {
            let identity = part.identity();
            part.name().as_str() == dependency
                && (key.is_none() || identity.key() == key)
                && (role.is_none() || identity.role() == role)
        })
    }
}
