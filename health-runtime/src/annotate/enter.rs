//! The way into a guarded function.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::site::{Site, SiteInfo, SiteOptions};
use crate::breaker::Word;
use crate::bulkhead::Bulkhead;
use crate::call::{
    Call, GuardedOutput, HeldPlaces, Judge, Places, Show, Unjudged, Watch, admission,
};
use crate::circuit::{Circuit, Context, Timeout};
use crate::error::DependencyUnhealthy;
use crate::registry::{HealthRegistry, scope};

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
        Self::outside_open(SitePlaces::of(site))
    }

    /// Creates a call that may be shed, limited in number or tried again, and is not admitted yet.
    pub const fn layered(site: &'static Site<N>) -> Self {
        Self::outside(SitePlaces::of(site))
    }
}

/// Lets a call in that only a rate rule keeps from the short way, and turns one away that nothing can
/// let in: for both, nothing but the words need be asked.
fn enter_measured<const N: usize>(
    call: &mut Call<SitePlaces<N>>,
) -> Result<(), DependencyUnhealthy> {
    call.begin_to_enter();
    if !scope::is_any_active() {
        let SitePlaces { site, words } = &mut call.places;
        let entries = site.resolve();
        let mut words = words.iter_mut().zip(entries);
        let are_metered = words.all(|(word, entry)| {
            *word = entry.word();
            word.is_closed() && !word.is_limited()
        });
        if are_metered {
            call.admit_metered();
            return Ok(());
        }
        let circuits = entries.iter().map(|entry| &***entry);
        if let Some((entry, refusal)) = admission::shut_out(circuits) {
            return Err(admission::refused_outright(entry, refusal));
        }
    }
    enter_layered(call)
}

/// The places of a site.
pub trait Sited: Places {
    /// What the site says of its calls.
    #[doc(hidden)]
    fn options(&self) -> &'static SiteOptions;

    /// Where the attribute stands.
    #[doc(hidden)]
    fn info(&self) -> &'static SiteInfo;

    /// Whether all of them are known and closed. Reads their words, which the call is admitted
    /// under then.
    #[doc(hidden)]
    fn are_closed(&mut self) -> bool;

    /// Whether all of them, closed as they are, have nothing to note of the call.
    #[doc(hidden)]
    fn are_plain(&self) -> bool;

    /// Whether all of them are healthy, as far as can be told without asking the rules.
    #[doc(hidden)]
    fn are_healthy(&self) -> bool;

    /// Whether a bulkhead caps the calls to one of them.
    #[doc(hidden)]
    fn are_limited(&self) -> bool;

    /// Asks for all places, or none, by the rules.
    #[doc(hidden)]
    fn admit(&mut self) -> Result<(), DependencyUnhealthy>;

    /// Called before places are asked for in the global registry, where some may be of another one.
    #[doc(hidden)]
    fn come_home(&mut self) {}

    /// Takes all places in another registry, or none.
    #[doc(hidden)]
    fn hold(&mut self, registry: &HealthRegistry) -> Result<HeldPlaces, DependencyUnhealthy>;

    /// The cap on the calls of the function, in another registry if one is given.
    #[doc(hidden)]
    fn own_bulkhead(&self, registry: Option<&HealthRegistry>) -> Option<Arc<Bulkhead>>;
}

/// Asks for a place in every dependency of the site. Its calls may be shed, limited in number or tried
/// again.
///
/// # Errors
///
/// The refusal, when a dependency has none, and when the call is shed.
#[inline(never)]
pub fn enter_layered<P: Sited>(call: &mut Call<P>) -> Result<(), DependencyUnhealthy> {
    call.begin_to_enter();
    let options = call.places.options();
    if scope::is_any_active()
        && let Some(registry) = scope::scoped()
    {
        if options.level.is_some() {
            shed_from_level(&registry, &call.places)?;
        }
        let held = call.places.hold(&registry)?;
        call.hold(held);
        call.admit_special();
        call.meet(registry.faults());
        let own = call.places.own_bulkhead(Some(&registry));
        call.pass_bulkheads(own);
    } else {
        call.places.come_home();
        if options.level.is_some() {
            shed_from_level(HealthRegistry::global(), &call.places)?;
        }
        if let Some(at) = options.shed
            && !call.places.are_healthy()
        {
            admission::shed_places(&call.places, at)?;
        }
        let mut is_limited = options.bulkhead.is_some();
        if !call.places.are_closed() {
            call.places.admit()?;
            call.admit_special();
            is_limited |= call.places.are_limited();
        } else if call.places.are_plain() {
            call.admit();
        } else {
            call.admit_metered();
            is_limited |= call.places.are_limited();
        }
        if is_limited {
            let own = call.places.own_bulkhead(None);
            call.pass_bulkheads(own);
        }
    }
    if options.retries.attempts > 1 {
        call.deposit();
    }
    Ok(())
}

fn shed_from_level(
    registry: &HealthRegistry,
    places: &impl Sited,
) -> Result<(), DependencyUnhealthy> {
    let Some(level) = places.options().level else {
        return Ok(());
    };
    let info = places.info();
    registry.shed_from(level, std::ptr::from_ref(info).addr(), info.deps)
}

impl<const N: usize> SitePlaces<N> {
    #[inline(always)]
    const fn of(site: &'static Site<N>) -> Self {
        Self {
            site,
            words: [Word::from_bits(0); N],
        }
    }
}

impl<const N: usize> Sited for SitePlaces<N> {
    fn options(&self) -> &'static SiteOptions {
        self.site.options()
    }

    fn info(&self) -> &'static SiteInfo {
        self.site.info()
    }

    fn are_closed(&mut self) -> bool {
        let entries = self.site.resolve();
        self.words.iter_mut().zip(entries).all(|(word, entry)| {
            *word = entry.word();
            word.is_closed()
        })
    }

    fn are_plain(&self) -> bool {
        self.words.iter().all(|word| word.is_plain())
    }

    fn are_healthy(&self) -> bool {
        let mut entries = self.site.resolve().iter();
        entries.all(|entry| entry.word().is_healthy())
    }

    fn are_limited(&self) -> bool {
        self.words.iter().any(|word| word.is_limited())
    }

    fn admit(&mut self) -> Result<(), DependencyUnhealthy> {
        let entries = self.site.resolve();
        let circuits: [&Circuit; N] = std::array::from_fn(|index| &**entries[index]);
        admission::admit(&circuits, &mut self.words)
    }

    fn hold(&mut self, registry: &HealthRegistry) -> Result<HeldPlaces, DependencyUnhealthy> {
        let entries = self.site.resolve_in(registry);
        if let Some(at) = self.options().shed {
            let circuits: Vec<&Circuit> = entries.iter().map(|entry| &***entry).collect();
            admission::shed(&circuits, at)?;
        }
        HeldPlaces::take(entries, Vec::new())
    }

    fn own_bulkhead(&self, registry: Option<&HealthRegistry>) -> Option<Arc<Bulkhead>> {
        match registry {
            Some(registry) => self.site.bulkhead_in(registry),
            None => self.site.bulkhead(),
        }
    }
}

impl<const N: usize> Places for SitePlaces<N> {
    #[inline(always)]
    fn are_open_wide(&mut self) -> bool {
        if scope::is_any_active() {
            return false;
        }
        let Some(entries) = self.site.known() else {
            return false;
        };
        self.words.iter_mut().zip(entries).all(|(word, entry)| {
            *word = entry.word();
            word.is_plain()
        })
    }

    fn enter(call: &mut Call<Self>) -> Result<(), DependencyUnhealthy> {
        if call.is_for_short_way() {
            enter_measured(call)
        } else {
            enter_layered(call)
        }
    }

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
pub fn watch<'a, R, E, F, P>(call: &'a mut Call<P>, body: Pin<&'a mut F>) -> Unjudged<'a, P, F, E>
where
    R: GuardedOutput<Error = E>,
    F: Future<Output = R>,
    P: Places,
{
    Unjudged::new(call, body)
}

/// Says what judges the error of a guarded call. That comes first, since it asks the call for the type.
#[inline(always)]
pub fn judging<P: Places, F, E, J: Judge<E>>(
    judge: J,
    call: Unjudged<'_, P, F, E>,
) -> Watch<'_, P, F, J> {
    call.judged(judge)
}
