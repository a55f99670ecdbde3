//! Functions that return a boxed future.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;
use std::pin::Pin;
use std::rc::Rc;

use health_runtime::guarded;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

trait Boxed<'a>: Future + Sized + Send + 'a {
    fn boxed(self) -> BoxFuture<'a, Self::Output> {
        Box::pin(self)
    }
}

impl<'a, F: Future + Send + 'a> Boxed<'a> for F {}

#[guarded(deps = ["redis"])]
fn one_block(name: &str) -> Pin<Box<dyn Future<Output = Result<usize, Error>> + Send + '_>> {
    Box::pin(async move { Ok(name.len()) })
}

#[guarded(deps = ["redis"])]
fn by_path(name: &str) -> ::core::pin::Pin<::std::boxed::Box<dyn Future<Output = Result<usize, Error>> + '_>> {
    ::std::boxed::Box::pin(async move { Ok(name.len()) })
}

#[guarded(deps = ["redis"])]
fn by_alias(name: &str) -> BoxFuture<'_, Result<usize, Error>> {
    Box::pin(async move { Ok(name.len()) })
}

#[guarded(deps = ["redis"])]
fn by_method(name: &str) -> BoxFuture<'_, Result<usize, Error>> {
    async move { Ok(name.len()) }.boxed()
}

#[guarded(deps = ["redis"])]
fn local(name: Rc<str>) -> LocalBoxFuture<'static, Result<usize, Error>> {
    let copy = Rc::clone(&name);
    Box::pin(async move { Ok(copy.len()) })
}

#[guarded(deps = ["redis"])]
fn branches(sure: bool) -> BoxFuture<'static, Result<usize, Error>> {
    if sure {
        return Box::pin(async { Ok(1) });
    }
    Box::pin(std::future::ready(Ok(2)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(one_block("abc").await.unwrap(), 3);
    assert_eq!(by_path("abc").await.unwrap(), 3);
    assert_eq!(by_alias("abc").await.unwrap(), 3);
    assert_eq!(by_method("abc").await.unwrap(), 3);
    assert_eq!(local("abc".into()).await.unwrap(), 3);
    assert_eq!(branches(true).await.unwrap(), 1);
    assert_eq!(branches(false).await.unwrap(), 2);
}
