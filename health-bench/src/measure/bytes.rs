//! What a breaker takes: the handle that one holds, and all that it holds on the heap.

/// As many as make the steps of a growing table small.
const BREAKERS: usize = 64;

/// What one breaker takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes {
    /// When it was made.
    pub(crate) new: usize,
    /// After a thousand successful calls.
    pub(crate) used: usize,
}

impl Bytes {
    /// Makes some breakers and uses them.
    pub(crate) fn of<B>(build: impl Fn() -> B, mut use_it: impl FnMut(&mut B)) -> Self {
        // Whatever only the first of a process makes.
        use_it(&mut build());
        let mut breakers = Vec::with_capacity(BREAKERS);
        let new = heap(|| breakers.extend((0..BREAKERS).map(|_| build())));
        let grown = heap(|| breakers.iter_mut().for_each(&mut use_it));
        let handle = size_of::<B>();
        Self {
            new: handle + new / BREAKERS,
            used: handle + (new + grown) / BREAKERS,
        }
    }
}

/// The bytes that something leaves on the heap.
pub(crate) fn heap(make: impl FnOnce()) -> usize {
    let left = allocation_counter::measure(make).bytes_current;
    usize::try_from(left).unwrap_or_default()
}
