//! Type, const and lifetime parameters, bounds and `where` clauses.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::fmt::Debug;
use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn of_type<T: Clone, U>(value: &T, other: U) -> Result<(T, String), Error>
where
    U: Debug + Send,
{
    Ok((value.clone(), format!("{other:?}")))
}

#[guarded(deps = ["redis"])]
async fn of_const<const N: usize>(bytes: [u8; N]) -> Result<[u8; N], Error> {
    Ok(bytes)
}

#[guarded(deps = ["redis"])]
async fn of_lifetime<'a, 'b: 'a>(a: &'a str, b: &'b str) -> Result<&'a str, Error> {
    Ok(if a.is_empty() { b } else { a })
}

#[guarded(deps = ["redis"])]
async fn of_error<E>(fail: bool) -> Result<(), E>
where
    E: From<health_runtime::DependencyUnhealthy> + From<Error>,
{
    if fail {
        return Err(Error::other("failed").into());
    }
    Ok(())
}

#[guarded(deps = ["redis"])]
async fn of_higher_rank(f: impl for<'a> Fn(&'a str) -> &'a str) -> Result<usize, Error> {
    Ok(f("abc").len())
}

trait Service {
    type Error: From<health_runtime::DependencyUnhealthy>;

    fn ask(&self) -> Result<u8, Self::Error>;
}

impl Service for u8 {
    type Error = Error;

    fn ask(&self) -> Result<u8, Error> {
        Ok(*self)
    }
}

#[guarded(deps = ["redis"])]
async fn of_a_projected_error<S: Service>(service: &S) -> Result<u8, S::Error> {
    service.ask()
}

struct Cache<'a, T, const N: usize> {
    slots: [&'a T; N],
}

impl<'a, T: Copy, const N: usize> Cache<'a, T, N> {
    #[guarded(deps = ["redis"])]
    async fn first(&self) -> Result<Option<T>, Error> {
        Ok(self.slots.first().map(|slot| **slot))
    }

    #[guarded(deps = ["redis"])]
    async fn all(self) -> Result<[&'a T; N], Error> {
        Ok(self.slots)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(of_type(&1, "x").await.unwrap(), (1, "\"x\"".to_owned()));
    assert_eq!(of_const([1, 2]).await.unwrap(), [1, 2]);
    assert_eq!(of_lifetime("", "b").await.unwrap(), "b");
    assert!(of_error::<Error>(true).await.is_err());
    assert!(of_error::<Box<dyn std::error::Error>>(false).await.is_ok());
    assert_eq!(of_higher_rank(|text| &text[1..]).await.unwrap(), 2);
    assert_eq!(of_a_projected_error(&7).await.unwrap(), 7);
    let cache = Cache { slots: [&1, &2] };
    assert_eq!(cache.first().await.unwrap(), Some(1));
    assert_eq!(cache.all().await.unwrap(), [&1, &2]);
}
