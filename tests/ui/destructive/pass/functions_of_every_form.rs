//! Receivers, generics, patterns, recursion, `unsafe`.
#![deny(warnings, missing_docs)]

use std::fmt::Debug;
use std::io::Error;
use std::pin::Pin;
use std::sync::Arc;

use health_runtime::destructive;

struct Store<T, const N: usize>([T; N]);

impl<T: Clone + Debug, const N: usize> Store<T, N> {
    #[destructive(deps = ["redis"])]
    async fn drain(&mut self, with: &T) -> Result<[T; N], Error> {
        let empty = std::array::from_fn(|_| with.clone());
        Ok(std::mem::replace(&mut self.0, empty))
    }

    #[destructive(deps = ["redis"])]
    async fn consume(self: Arc<Self>) -> Result<usize, Error> {
        Ok(self.0.len())
    }

    #[destructive(deps = ["redis"])]
    async fn pinned(self: Pin<&mut Self>, _why: impl Into<String>) -> Result<(), Error> {
        Ok(())
    }

    #[destructive(deps = ["redis"])]
    async fn consumed(mut self) -> Result<Self, Error> {
        self.0.reverse();
        Ok(self)
    }
}

#[destructive(deps = ["redis"])]
async fn with_where<'a, T>(value: &'a T) -> Result<&'a T, Error>
where
    T: ?Sized,
{
    Ok(value)
}

#[destructive(deps = ["redis"])]
async fn recursive(levels: u8) -> Result<u8, Error> {
    if levels == 0 {
        return Ok(0);
    }
    Ok(1 + Box::pin(recursive(levels - 1)).await?)
}

/// # Safety
///
/// `byte` points to a byte.
#[destructive(deps = ["redis"])]
async unsafe fn overwrite(byte: *mut u8) -> Result<(), Error> {
    unsafe { *byte = 0 };
    Ok(())
}

fn main() {
    health_runtime::testing::run(async {
        let mut store = Store([1, 2]);
        assert_eq!(store.drain(&7).await.unwrap(), [1, 2]);
        assert_eq!(store.0, [7, 7]);
        Pin::new(&mut store).pinned("x").await.unwrap();
        assert_eq!(store.consumed().await.unwrap().0, [7, 7]);
        assert_eq!(Arc::new(Store([1])).consume().await.unwrap(), 1);
        assert_eq!(with_where("x").await.unwrap(), "x");
        assert_eq!(recursive(3).await.unwrap(), 3);
        let mut byte = 1;
        unsafe { overwrite(&mut byte) }.await.unwrap();
        assert_eq!(byte, 0);
    });
}
