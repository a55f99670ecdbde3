//! The way into a guarded function.

use std::future::Future;
use std::pin::Pin;

use super::site::Site;
use crate::breaker::Word;
use crate::call::{Call, GuardedOutput, Judgement, Places, Show, Watch, admission};
use crate::circuit::{Circuit, Context};
use crate::error::DependencyUnhealthy;
use crate::fault::Fault;
use crate::registry::{HeldPlaces, scope};

/// The places of a guarded call.
#[derive(Debug)]
pub struct SitePlaces<const N: usize> {
    site: &'static Site<N>,
    /// The words that the call was admitted under, in the global registry.
    words: [Word; N],
    /// The places in the registry of a scope, if the call belongs to one.
    held: Option<Box<HeldPlaces>>,
}

impl<const N: usize> Call<SitePlaces<N>> {
    /// Creates a call that is not admitted yet.
    #[inline(always)]
    pub const fn new(site: &'static Site<N>) -> Self {
        Self::outside(SitePlaces {
            site,
            words: [Word::from_bits(0); N],
            held: None,
        })
    }
}

/// Asks for a place in every dependency of the site.
///
/// # Errors
///
/// The refusal, when a dependency has none.
#[inline(always)]
pub fn enter<const N: usize>(call: &mut Call<SitePlaces<N>>) -> Result<(), DependencyUnhealthy> {
    if !scope::is_any_active() && call.places.are_plain() {
        call.admit();
        return Ok(());
    }
    enter_cold(call)
}

#[cold]
#[inline(never)]
fn enter_cold<const N: usize>(call: &mut Call<SitePlaces<N>>) -> Result<(), DependencyUnhealthy> {
    let places = &mut call.places;
    if let Some(registry) = scope::scoped() {
        let entries = places.site.resolve_in(&registry);
        places.held = Some(Box::new(HeldPlaces::take(&registry, entries)?));
        call.admit_special();
        return Ok(());
    }
    let entries = places.site.resolve();
    if places.are_plain() {
        call.admit();
        return Ok(());
    }
    if places.are_closed() {
        call.admit_metered();
        return Ok(());
    }
    let entries: [&Circuit; N] = std::array::from_fn(|index| &**entries[index]);
    admission::admit(&entries, &mut places.words)?;
    call.admit_special();
    Ok(())
}

impl<const N: usize> SitePlaces<N> {
    /// Reads the words of all entries. Says whether they are known, closed, and nothing has to be
    /// noted of the call.
    #[inline(always)]
    fn are_plain(&mut self) -> bool {
        let Some(entries) = self.site.known() else {
            return false;
        };
        self.words.iter_mut().zip(entries).all(|(word, entry)| {
            *word = entry.word();
            word.is_plain()
        })
    }

    /// Reads the words of all entries. Says whether they are known and closed.
    fn are_closed(&mut self) -> bool {
        let Some(entries) = self.site.known() else {
            return false;
        };
        self.words.iter_mut().zip(entries).all(|(word, entry)| {
            *word = entry.word();
            word.is_closed()
        })
    }
}

impl<const N: usize> Places for SitePlaces<N> {
    #[inline(always)]
    fn are_quiet(&self) -> bool {
        let Some(entries) = self.site.known() else {
            return false;
        };
        let mut held = self.words.iter().zip(entries);
        self.held.is_none() && held.all(|(word, entry)| word.is_quiet(entry.word_relaxed()))
    }

    fn show(&self, to: Show<'_>) {
        match &self.held {
            Some(held) => held.show(to),
            None => {
                let entries = self.site.resolve();
                to(&std::array::from_fn::<_, N, _>(|index| {
                    (&**entries[index], self.words[index])
                }));
            }
        }
    }

    fn context(&self) -> Option<&Context> {
        match &self.held {
            Some(held) => held.context(),
            None => self.site.resolve().first().map(|entry| &**entry.context()),
        }
    }

    fn fault(&mut self) -> Option<&mut Fault> {
        self.held.as_mut()?.fault()
    }

    fn advise(&self) {
        self.site.advise();
    }
}

/// Drives the body of a guarded call.
///
/// `R` comes first, so that emitted code can name it where an error about it is to be shown; `E` is
/// its error, so that nobody else need ask for it.
#[inline(always)]
pub const fn watch<'a, R, E, F, P, J>(
    call: &'a mut Call<P>,
    body: Pin<&'a mut F>,
    judge: J,
) -> Watch<'a, P, F, J>
where
    R: GuardedOutput<Error = E>,
    F: Future<Output = R>,
    P: Places,
    J: Fn(&E) -> (Judgement, String) + Unpin,
{
    Watch::new(call, body, judge)
}
