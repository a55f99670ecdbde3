//! The attributes of [`health-runtime`](https://docs.rs/health-runtime), which re-exports them.
//!
//! | attribute | on | what it does |
//! |---|---|---|
//! | [`guarded`] | `async fn` | refuses the call while a dependency is unhealthy, and learns from how it ends |
//! | [`destructive`] | `async fn` | runs the body only on fresh proof that the dependencies are healthy |
//! | [`probe`] | free `async fn` | makes the function the check of a dependency |
//! | [`destructive_surface`] | `impl`, `trait`, `mod` | destructive names must be protected, or it does not compile |
//! | [`harmless`] | function | exempts one function of a surface, with a reason |
//! | [`test`] | `async fn` | a test in paused time, with a registry of its own |
//!
//! Every attribute takes `crate = path`, for a runtime that is renamed or re-exported:
//! `#[guarded(deps = ["redis"], crate = my_facade::health_runtime)]`.
//!
//! # How it is built
//!
//! A folder per attribute, with the same rooms: `parse.rs` (tokens to values that keep their spans),
//! `check.rs` (rules across arguments and signature), `expand.rs` (cannot fail). [`guarded`] and
//! [`destructive`] share `wrap/`, all share `args/` (the reader of `key = value` lists) and
//! `function/` (a signature, and a body that is never parsed). `proc_macro` types stop in this file,
//! so that everything behind it has unit tests.
#![forbid(unsafe_code)]

mod args;
mod destructive;
mod destructive_surface;
mod errors;
mod function;
mod guarded;
mod harmless;
mod probe;
mod suggest;
mod test;
#[cfg(test)]
mod testing;
mod wrap;

use proc_macro::TokenStream;

/// Puts a function behind the circuit breakers of the dependencies that it calls.
///
/// While a breaker is open, a call is refused at once: the body does not run, and the caller gets a
/// `DependencyUnhealthy` as its error, which says when to try again. A call that runs is watched: its
/// error, panic or cancellation counts for the breakers.
///
/// # Arguments
///
/// | argument | |
/// |---|---|
/// | `deps = ["redis", API]` | the dependencies: names, or paths of `const` names; at least one |
/// | `timeout = "2s"` | the time of one attempt, or `"none"`; default: that of the policy, 30 s |
/// | `attempts = 3` | tries in all, the first included; only failures that may pass are tried again |
/// | `backoff = "100ms..5s"` | the first and the longest wait between attempts |
/// | `fallback = path::to::function` | answers when the call is refused or fails |
/// | `shed = "degraded"` | skips the call already in this state, or in `"unhealthy"` |
/// | `level = "search degraded"` | skips the call from this degradation level of the service on |
/// | `key = host(address)` | a breaker of its own for each value of an expression over the parameters |
/// | `role = "metadata"` | a breaker and values of its own for this kind of call |
/// | `classify = path::to::function` | `fn(&E) -> Outcome`: how an error counts |
/// | `bulkhead = 64` | how many calls of this function may be in flight |
/// | `crate = path` | where the runtime is, if not at `::health_runtime` |
///
/// Names are checked when the program starts: `init()` reports every unknown one with its place.
///
/// # Layers
///
/// Whatever the order of writing, from the outside in: fallback, shed, breaker, bulkhead, retry,
/// timeout, body. So a call that is tried three times is one admission and one outcome; what shed, the
/// bulkhead or the retry budget refuses is nobody's failure; the fallback is not timed, not counted and
/// holds no place.
///
/// With `attempts` or `fallback` the body runs on clones of the arguments (references stay what they
/// are), so each argument has to be `Clone`, and the function has to be an `async fn`. A `&mut` argument
/// is lent to each attempt in turn: what one has changed, the next one finds changed.
///
/// A fallback takes the same arguments, and the error as one more if it likes; it is an `async fn` or
/// not, and may be `#[guarded]` itself, which makes a chain. With a fallback the function may return any
/// type: it needs no `Result` to be refused in.
///
/// A key is a string, a number, an address, `health_runtime::host(..)`, or an `Option` of these: `None`
/// is a call without a key. It is of the first dependency; `key = ["http" = address, "dns" = resolver]`
/// names others, too.
///
/// # The function
///
/// Any `async fn`: free, a method with any receiver, in a trait's `impl` or a default body, generic,
/// recursive in a box, `unsafe`, under `#[async_trait]`, or made by `macro_rules!`. Or a function that
/// returns `impl Future`, `Pin<Box<dyn Future>>`, `BoxFuture` or `LocalBoxFuture`: it runs when it is
/// called, as before, and its future is what waits for the breakers.
///
/// It returns `Result<_, E>` (by any alias) where `E: From<DependencyUnhealthy>`. `E` may borrow, unless it
/// is a box: what is in a `Box<dyn Error>` has to be `'static` to be looked at. With thiserror:
///
/// ```ignore (needs health_runtime)
/// #[derive(Debug, thiserror::Error)]
/// enum Error {
///     #[error(transparent)]
///     Unhealthy(#[from] health_runtime::DependencyUnhealthy),
///     #[error(transparent)]
///     Redis(#[from] redis::RedisError),
/// }
/// ```
///
/// Signature, attributes and docs stay as they are; so do the order in which arguments are dropped
/// and whether the future is `Send`. The future grows by at most 64 bytes for one dependency.
///
/// Write it above `#[tokio::main]` and `#[tokio::test]`: below them, the function is no longer async.
///
/// # Examples
///
/// ```ignore (needs health_runtime)
/// use health_runtime::guarded;
///
/// impl Sessions {
///     #[guarded(deps = ["redis"])]
///     async fn load(&self, id: SessionId) -> Result<Session, Error> {
///         let bytes: Vec<u8> = self.redis.get(id).await?;
///         Session::parse(&bytes)
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn guarded(args: TokenStream, item: TokenStream) -> TokenStream {
    wrap::expand(wrap::Attribute::Guarded, args.into(), item.into()).into()
}

/// Lets a function run only on fresh, positive proof that its dependencies are healthy.
///
/// Before the body starts, the gate is asked: may this run now? It says yes when every critical
/// dependency, and every one that `deps` adds, has been proven healthy a moment ago and has been so
/// for long enough. In every other case, also when it cannot tell, the body does not start, and the
/// caller gets a `DependencyUnhealthy` as its error. Every verdict is recorded.
///
/// # Arguments
///
/// | argument | |
/// |---|---|
/// | `deps = ["s3"]` | non-critical dependencies to ask for, too; without it, all critical ones |
/// | `budget = "50/1m"` | at most so many calls in so much time, however healthy everything is |
/// | `permit = "permit"` | the name under which the body has its permit, a `&DestructivePermit` |
/// | `bypass = "user_confirmed"` | a parameter that may skip the health conditions for this call |
/// | `crate = path` | where the runtime is, if not at `::health_runtime` |
///
/// Times have a unit: `500ms`, `2s`, `1m`, `1h`.
///
/// **`permit`** borrows from the running call. It cannot be returned, stored, or moved into a spawned
/// task, and there is no other way to get one in safe code. So let the functions that cannot be undone
/// take a `&DestructivePermit`: then calling one where no gate has been asked does not compile.
/// `permit.checkpoint().await?` asks again between the units of a batch.
///
/// **`bypass`** names a parameter of type `bool`, `Bypass` or `Option<Bypass>`. It skips health
/// conditions only, never the audit record or the budget. A constant is an error: it would switch the
/// gate off.
///
/// # The function
///
/// As for [`guarded`], with one difference: a function that is not async but returns a future must be
/// one `async` block (in `Box::pin(..)`, if it returns a box), since whatever else it did would run
/// before the gate is asked.
///
/// With [`guarded`] on the same function, the gate is asked first, in whatever order they are written.
///
/// # Examples
///
/// ```ignore (needs health_runtime)
/// use health_runtime::{DestructivePermit, destructive};
///
/// /// Irreversible: needs a permit.
/// async fn delete_from_disk(permit: &DestructivePermit, id: SessionId) -> Result<(), Error> {
///     permit.check()?;
///     /* ... */
/// }
///
/// #[destructive(permit = "permit", bypass = "user_confirmed", budget = "50/1m")]
/// async fn terminate_session(id: SessionId, user_confirmed: bool) -> Result<(), Error> {
///     delete_from_disk(permit, id).await
/// }
/// ```
#[proc_macro_attribute]
pub fn destructive(args: TokenStream, item: TokenStream) -> TokenStream {
    wrap::expand(wrap::Attribute::Destructive, args.into(), item.into()).into()
}

/// Makes a function the check of a dependency.
///
/// The runtime calls it in the background, and when the gate needs fresh proof. It stays an ordinary
/// function: other code may call it.
///
/// # Arguments
///
/// | argument | |
/// |---|---|
/// | `dep = "redis"` | the dependency: its name, or the path of a `const` name |
/// | `every = "5s"` | how long to wait between two checks |
/// | `timeout = "1s"` | how long one may take |
/// | `crate = path` | where the runtime is, if not at `::health_runtime` |
///
/// Times have a unit: `500ms`, `2s`, `1m`, `1h`. Without them, the dependency's own settings hold.
///
/// # The function
///
/// A free `async fn` without parameters whose future is `Send`. It returns `Result<(), E>`, or
/// `Result<Identity, E>` if the dependency can say which instance it is: a Redis that was killed and
/// came back empty answers every ping, and only its changed identity tells. `E` implements `Display`;
/// its text is what operators read.
///
/// # Examples
///
/// ```ignore (needs health_runtime)
/// use health_runtime::probe;
/// use health_runtime::probe::Identity;
///
/// #[probe(dep = "redis", every = "5s", timeout = "1s")]
/// async fn redis_answers() -> Result<Identity, redis::RedisError> {
///     let run_id: String = ask_for_run_id().await?;
///     Ok(Identity::new(run_id))
/// }
/// ```
#[proc_macro_attribute]
pub fn probe(args: TokenStream, item: TokenStream) -> TokenStream {
    probe::expand(args.into(), item.into()).into()
}

/// Makes a function whose name says that it destroys a compile error, unless something stands before
/// it.
///
/// On an `impl`, a `trait`, or a `mod` with a body; in a module, all functions, `impl`s, traits and
/// modules are covered. A name is destructive if it is a verb of the list, or starts with one and `_`:
/// `delete`, `terminate`, `close`, `purge`, `drop`, `end`, `cleanup`. Such a function, async or not,
///
/// - carries [`#[destructive]`](macro@destructive),
/// - or takes a parameter whose type mentions `DestructivePermit`: its callers have passed a gate,
/// - or says [`#[harmless(reason = "..")]`](macro@harmless).
///
/// `Drop::drop` is exempt. What macros make of their input is not seen, and neither are functions
/// inside of functions. The item itself is not changed.
///
/// # Arguments
///
/// | argument | |
/// |---|---|
/// | `verbs = ["smash"]` | replaces the list |
///
/// # Examples
///
/// ```ignore (needs health_runtime)
/// use health_runtime::{destructive, destructive_surface, harmless};
///
/// #[destructive_surface]
/// impl Sessions {
///     #[destructive]
///     async fn delete_all(&self) -> Result<(), Error> { /* ... */ }
///
///     #[harmless(reason = "a door is not data")]
///     fn close_door(&self) { /* ... */ }
/// }
/// ```
#[proc_macro_attribute]
pub fn destructive_surface(args: TokenStream, item: TokenStream) -> TokenStream {
    destructive_surface::expand(args.into(), item.into()).into()
}

/// Exempts one function of a [`destructive_surface`], with a reason.
///
/// The function is not changed. The reason is for whoever reads the source: `harmless` is easy to
/// search for, and a blank reason is an error.
///
/// # Examples
///
/// ```ignore (needs health_runtime)
/// #[harmless(reason = "a door is not data")]
/// fn close_door(&self) { /* ... */ }
/// ```
#[proc_macro_attribute]
pub fn harmless(args: TokenStream, item: TokenStream) -> TokenStream {
    harmless::expand(args.into(), item.into()).into()
}

/// Makes an `async fn` a test that runs in paused time and in a registry of its own.
///
/// Written as `#[health_runtime::test]`, it needs the feature `testing`. Every dependency that an
/// attribute in the program mentions is declared and healthy at the start, whatever other tests do to
/// theirs. Time moves when every task waits, so a test of a long cooldown takes no time.
///
/// The function takes no parameters and returns whatever a `#[test]` may return; `#[should_panic]` and
/// `#[ignore]` work.
///
/// # Examples
///
/// ```ignore (needs health_runtime)
/// use health_runtime::{Reason, testing};
///
/// #[health_runtime::test]
/// async fn an_open_breaker_refuses() {
///     testing::trip("redis");
///     let refused = load(SessionId(1)).await.unwrap_err();
///     assert_eq!(refused.reason(), Reason::CircuitOpen);
/// }
/// ```
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(args.into(), item.into()).into()
}

/// The attribute that takes an argument of this name, for a key that was written on another one.
fn takes(key: &str) -> Option<&'static str> {
    [
        &guarded::SPEC,
        &destructive::SPEC,
        &probe::SPEC,
        &destructive_surface::SPEC,
        &harmless::SPEC,
    ]
    .into_iter()
    .find(|spec| spec.keys.iter().any(|known| known.name == key))
    .map(|spec| spec.attribute)
}
