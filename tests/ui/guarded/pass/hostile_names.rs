//! A scope in which every name that the expansion could take for granted means something else.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]
#![allow(dead_code, non_snake_case, non_upper_case_globals, reason = "the names are the point")]

mod core {}
mod std {}
mod alloc {}
mod health_runtime {}
mod inventory {}
mod __private {}

type Refused = ::std::io::Error;
type Either<T> = ::core::result::Result<T, Refused>;

struct Result;
struct Option;
struct Box;
struct Pin;
struct Duration;
struct String;
struct Site;
struct Call;
struct SiteInfo;
trait Future {}
trait From {}
trait Send {}
fn Ok() {}
fn Err() {}
fn Some() {}
const None: u8 = 0;
fn enter() {}
fn watch() {}
fn never() {}
fn refused() {}

#[::health_runtime::guarded(deps = ["redis"])]
async fn hostile(name: u8, (a, _): (u8, u8)) -> Either<u8> {
    ::core::result::Result::Ok(name + a)
}

#[::health_runtime::guarded(deps = ["redis"])]
fn boxed() -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = Either<u8>>>> {
    ::std::boxed::Box::pin(async { ::core::result::Result::Ok(1) })
}

#[::health_runtime::destructive(permit = "p", bypass = "sure")]
async fn destructive(sure: bool) -> Either<u64> {
    ::core::result::Result::Ok(p.fence())
}

#[::health_runtime::probe(dep = "redis", every = "5s", timeout = "1s")]
async fn ping() -> Either<()> {
    ::core::result::Result::Ok(())
}

fn main() {}
