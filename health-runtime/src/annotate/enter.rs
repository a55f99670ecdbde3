//! The way into a guarded function.

use std::future::Future;
use std::pin::Pin;

use super::site::Site;
use crate::breaker::Word;
use crate::call::{Call, GuardedOutput, HeldPlaces, Judgement, Places, Show, Watch, admission};
use crate::circuit::{Circuit, Context, Timeout};
use crate::error::DependencyUnhealthy;
use crate::registry::scope;

/// The places of a guarded call in the global registry.
#[derive(Debug)]
pub struct SitePlaces<const N: usize> {
    pub(super) site: &'static Site<N>,
    /// The words that the call was admitted under.
    words: [Word; N],
}

impl<const N: usize> Call<SitePlaces<N>> {
    /// Creates a call that is not admitted yet.
    #[inline(always)]
    pub const fn new(site: &'static Site<N>) -> Self {
        Self::outside(SitePlaces {
            site,
            words: [Word::from_bits(0); N],
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
    enter_measured(call)
}

/// Lets a call in that only a rate rule keeps from the short way.
#[cold]
#[inline(never)]
fn enter_measured<const N: usize>(
    call: &mut Call<SitePlaces<N>>,
) -> Result<(), DependencyUnhealthy> {
    if !scope::is_any_active() && call.places.are_closed() {
        call.admit_metered();
        return Ok(());
    }
    enter_layered(call)
}

/// Does what [`enter`] does for a site whose calls may be shed, limited in number or tried again.
///
/// # Errors
///
/// As [`enter`], and when the call is shed.
#[cold]
#[inline(never)]
pub fn enter_layered<const N: usize>(
    call: &mut Call<SitePlaces<N>>,
) -> Result<(), DependencyUnhealthy> {
    let site = call.places.site;
    let options = site.options();
    if let Some(registry) = scope::scoped() {
        let entries = site.resolve_in(&registry);
        if let Some(at) = options.shed {
            let circuits: Vec<&Circuit> = entries.iter().map(|entry| &***entry).collect();
            admission::shed(&circuits, at)?;
        }
        call.hold(HeldPlaces::take(entries)?);
        call.admit_special();
        call.meet(registry.faults());
        call.pass_bulkheads(site.bulkhead_in(&registry));
    } else {
        let entries = site.resolve();
        let circuits: [&Circuit; N] = std::array::from_fn(|index| &**entries[index]);
        if let Some(at) = options.shed {
            admission::shed(&circuits, at)?;
        }
        if call.places.are_closed() {
            call.admit_metered();
        } else {
            admission::admit(&circuits, &mut call.places.words)?;
            call.admit_special();
        }
        call.pass_bulkheads(site.bulkhead());
    }
    if options.retries.attempts > 1 {
        call.deposit();
    }
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
        held.all(|(word, entry)| word.is_quiet(entry.word_relaxed()))
    }

    fn show(&self, to: Show<'_>) {
        let entries = self.site.resolve();
        to(&std::array::from_fn::<_, N, _>(|index| {
            (&**entries[index], self.words[index])
        }));
    }

    fn context(&self) -> Option<&Context> {
        let entries = self.site.resolve();
        entries.first().map(|entry| &**entry.context())
    }

    fn timeout(&self) -> Timeout {
        self.site.options().timeout
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
