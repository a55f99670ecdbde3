//! Functions that `macro_rules!` makes, from pieces of every kind.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::guarded;

macro_rules! from_pieces {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($arg:ident: $ty:ty, $pat:pat => $pat_ty:ty) -> $ret:ty, $dep:literal, $body:block) => {
        $(#[$meta])*
        #[guarded(deps = [$dep])]
        $vis async fn $name($arg: $ty, $pat: $pat_ty) -> $ret $body
    };
}

from_pieces! {
    /// Docs.
    #[inline]
    pub fn pieces(name: String, (a, _b) => (u8, u8)) -> Result<usize, Error>, "redis", {
        Ok(name.len() + usize::from(a))
    }
}

macro_rules! whole_item {
    ($item:item) => {
        #[guarded(deps = ["redis"])]
        $item
    };
}

whole_item! {
    async fn whole(_name: String) -> Result<usize, Error> { Ok(1) }
}

macro_rules! names {
    ($($name:expr),*) => {
        #[guarded(deps = [$($name),*])]
        async fn named() -> Result<(), Error> { Ok(()) }
    };
}

names!("redis", REDIS);
const REDIS: &str = "also redis";

macro_rules! of_its_own {
    ($name:ident) => {
        #[guarded(deps = ["redis"])]
        async fn $name(value: u8, mut other: Vec<u8>, (a, b): (u8, u8)) -> Result<u8, Error> {
            // `__call` and `__output` are names like any other here.
            let (__call, __output) = (value, a + b);
            other.push(__call);
            Ok(__output + other[0])
        }
    };
}

of_its_own!(own);

macro_rules! with_self {
    ($self:ident, $body:expr) => {
        #[guarded(deps = ["redis"])]
        async fn get(&$self, _guard: String) -> Result<u8, Error> { $body }
    };
}

struct Client(u8);

impl Client {
    with_self!(self, Ok(self.0));
}

macro_rules! future_type {
    ($output:ty) => {
        #[guarded(deps = ["redis"])]
        fn boxed() -> std::pin::Pin<Box<dyn Future<Output = $output>>> { Box::pin(async { Ok(()) }) }

        #[guarded(deps = ["redis"])]
        fn future() -> impl Future<Output = $output> { async { Ok(()) } }
    };
}

future_type!(Result<(), Error>);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(pieces("abc".into(), (1, 2)).await.unwrap(), 4);
    assert_eq!(whole(String::new()).await.unwrap(), 1);
    named().await.unwrap();
    assert_eq!(own(1, vec![], (2, 3)).await.unwrap(), 6);
    assert_eq!(Client(9).get(String::new()).await.unwrap(), 9);
    boxed().await.unwrap();
    future().await.unwrap();
}
