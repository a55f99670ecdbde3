//! The way into a guarded function.

use std::future::Future;
use std::pin::Pin;

use super::site::Site;
use crate::breaker::Word;
use crate::call::{Call, GuardedOutput, Places, Watch, admission};
use crate::dependency::{Context, Entry};
use crate::error::DependencyUnhealthy;
use crate::fault::Fault;
use crate::registry::{HealthRegistry, HeldPlaces, scope};

/// The places of a guarded call.
#[derive(Debug)]
pub enum SitePlaces<const N: usize> {
    /// In the global registry, whose entries the site knows.
    #[doc(hidden)]
    Global(&'static Site<N>, Words<N>),
    /// In the registry of a scope.
    #[doc(hidden)]
    Scoped(&'static Site<N>, Box<Held>),
}

/// The words that a call was admitted under.
#[doc(hidden)]
#[derive(Debug)]
pub struct Words<const N: usize>([Word; N]);

#[doc(hidden)]
#[derive(Debug)]
pub struct Held(HeldPlaces);

/// Asks for a place in every dependency of the site.
///
/// # Errors
///
/// The refusal, when a dependency has none.
#[inline(always)]
pub fn enter<const N: usize>(
    site: &'static Site<N>,
) -> Result<Call<SitePlaces<N>>, DependencyUnhealthy> {
    if !scope::is_any_active()
        && let Some(words) = closed(site)
    {
        return Ok(Call::new(SitePlaces::Global(site, words)));
    }
    enter_cold(site)
}

/// The words of all entries, if they are known and closed.
#[inline(always)]
fn closed<const N: usize>(site: &Site<N>) -> Option<Words<N>> {
    let mut words = [Word::from_bits(0); N];
    for (index, word) in words.iter_mut().enumerate() {
        *word = site.known(index)?.word();
        if !word.is_closed() {
            return None;
        }
    }
    Some(Words(words))
}

#[cold]
#[inline(never)]
fn enter_cold<const N: usize>(
    site: &'static Site<N>,
) -> Result<Call<SitePlaces<N>>, DependencyUnhealthy> {
    if let Some(registry) = scope::scoped() {
        return enter_scoped(site, &registry);
    }
    let entries = site.resolve();
    if let Some(words) = closed(site) {
        return Ok(Call::new(SitePlaces::Global(site, words)));
    }
    let mut words = [Word::from_bits(0); N];
    admission::admit(&entries, &mut words)?;
    Ok(Call::special(SitePlaces::Global(site, Words(words))))
}

fn enter_scoped<const N: usize>(
    site: &'static Site<N>,
    registry: &HealthRegistry,
) -> Result<Call<SitePlaces<N>>, DependencyUnhealthy> {
    let held = HeldPlaces::take(registry, site.resolve_in(registry))?;
    Ok(Call::special(SitePlaces::Scoped(
        site,
        Box::new(Held(held)),
    )))
}

impl<const N: usize> Places for SitePlaces<N> {
    #[inline(always)]
    fn are_quiet(&self) -> bool {
        let Self::Global(site, Words(words)) = self else {
            return false;
        };
        words.iter().enumerate().all(|(index, word)| {
            site.known(index)
                .is_some_and(|entry| word.is_quiet(entry.word_relaxed()))
        })
    }

    fn show(&self, to: &mut dyn FnMut(&[(&Entry, Word)])) {
        match self {
            Self::Global(site, Words(words)) => {
                let entries = site.resolve();
                to(&std::array::from_fn::<_, N, _>(|index| {
                    (entries[index], words[index])
                }));
            }
            Self::Scoped(_, held) => held.0.show(to),
        }
    }

    fn context(&self) -> Option<&Context> {
        match self {
            Self::Global(site, _) => site.resolve().first().map(|entry| entry.context()),
            Self::Scoped(_, held) => held.0.context(),
        }
    }

    fn fault(&mut self) -> Option<&mut Fault> {
        match self {
            Self::Global(..) => None,
            Self::Scoped(_, held) => held.0.fault(),
        }
    }

    fn advise(&self) {
        match self {
            Self::Global(site, _) | Self::Scoped(site, _) => site.advise(),
        }
    }
}

/// Drives the body of a guarded call.
///
/// `R` comes first, so that emitted code can name it where an error about it is to be shown.
#[inline(always)]
pub const fn watch<'a, R, F, P>(call: &'a mut Call<P>, body: Pin<&'a mut F>) -> Watch<'a, P, F>
where
    R: GuardedOutput,
    F: Future<Output = R>,
    P: Places,
{
    Watch::new(call, body)
}
