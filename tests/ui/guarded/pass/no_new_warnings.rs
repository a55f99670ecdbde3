//! Nothing that the expansion adds is worth a warning, however strict the crate is.
#![deny(warnings, missing_docs)]
#![deny(
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    future_incompatible,
    nonstandard_style,
    rust_2018_idioms,
    rust_2024_compatibility,
    unused,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    missing_debug_implementations,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![forbid(unsafe_code)]

use std::io::Error;
use std::sync::Mutex;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn used(name: String, mut list: Vec<u8>, _guard: Mutex<u8>) -> Result<Vec<u8>, Error> {
    list.push(u8::try_from(name.len()).map_err(Error::other)?);
    tokio::task::yield_now().await;
    Ok(list)
}

#[guarded(deps = ["redis"])]
async fn patterns((a, b): (u8, String), _: Mutex<u8>, c: &str) -> Result<usize, Error> {
    tokio::task::yield_now().await;
    Ok(usize::from(a) + b.len() + c.len())
}

#[guarded(deps = ["redis", "api"])]
fn boxed(name: &str) -> std::pin::Pin<Box<dyn Future<Output = Result<usize, Error>> + Send + '_>> {
    let len = name.len();
    Box::pin(async move { Ok(len) })
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(used("abc".into(), vec![], Mutex::new(1)).await.unwrap(), [3]);
    assert_eq!(patterns((1, "b".into()), Mutex::new(1), "c").await.unwrap(), 3);
    assert_eq!(boxed("abc").await.unwrap(), 3);
}
