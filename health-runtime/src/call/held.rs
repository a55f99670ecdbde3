//! Places in a registry that was found at run time.

use std::sync::Arc;

use super::{Places, Show, admission};
use crate::breaker::Word;
use crate::circuit::{Circuit, Context};
use crate::dependency::Entry;
use crate::error::DependencyUnhealthy;

#[derive(Debug)]
pub(crate) struct HeldPlaces {
    entries: Vec<Arc<Entry>>,
    words: Vec<Word>,
}

impl HeldPlaces {
    /// Takes a place in each of the entries, or none.
    pub(crate) fn take(entries: Vec<Arc<Entry>>) -> Result<Self, DependencyUnhealthy> {
        let mut words: Vec<Word> = entries.iter().map(|entry| entry.word()).collect();
        if !words.iter().all(|word| word.is_closed()) {
            let circuits: Vec<&Circuit> = entries.iter().map(|entry| &***entry).collect();
            admission::admit(&circuits, &mut words)?;
        }
        Ok(Self { entries, words })
    }
}

impl Places for HeldPlaces {
    fn are_quiet(&self) -> bool {
        let mut held = self.entries.iter().zip(&self.words);
        held.all(|(entry, word)| word.is_quiet(entry.word_relaxed()))
    }

    fn show(&self, to: Show<'_>) {
        let held = self.entries.iter().zip(&self.words);
        let held: Vec<(&Circuit, Word)> = held.map(|(entry, word)| (&***entry, *word)).collect();
        to(&held);
    }

    fn context(&self) -> Option<&Context> {
        self.entries.first().map(|entry| &**entry.context())
    }

    fn advise(&self) {}
}
