//! Every argument of a call's layers, alone and together, on functions of every kind.

use std::sync::Arc;
use std::time::Duration;

use health_runtime::{DependencyUnhealthy, Outcome, guarded};

#[derive(Debug)]
struct Error;

impl From<DependencyUnhealthy> for Error {
    fn from(_: DependencyUnhealthy) -> Self {
        Self
    }
}

const fn classify(_: &Error) -> Outcome {
    Outcome::Neutral
}

#[guarded(
    deps = ["redis", "api"],
    timeout = "2s",
    attempts = 3,
    backoff = "100ms..5s",
    fallback = everything_again,
    shed = "unhealthy",
    classify = classify,
    bulkhead = 64
)]
async fn everything(id: u32, name: &str, mut list: Vec<u32>) -> Result<String, Error> {
    list.push(id);
    Ok(format!("{name}{list:?}"))
}

async fn everything_again(_: u32, _: &str, _: Vec<u32>, error: Error) -> Result<String, Error> {
    Err(error)
}

#[guarded(deps = ["redis"], fallback = nothing)]
async fn returns_nothing(_sink: &mut Vec<u32>) {}

fn nothing(_: &mut Vec<u32>) {}

#[guarded(deps = ["redis"], attempts = 2, fallback = self::deep::er::<T>)]
async fn generic<'a, T: Clone + Send + Sync + std::fmt::Debug>(
    value: &'a T,
    owned: T,
) -> Result<(&'a T, T), Error> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    Ok((value, owned))
}

mod deep {
    pub(super) async fn er<T>(value: &T, owned: T) -> Result<(&T, T), super::Error> {
        Ok((value, owned))
    }
}

struct Store {
    value: u32,
}

impl Store {
    #[guarded(deps = ["redis"], attempts = 2, fallback = Self::cached)]
    async fn load(&self, key: String, (left, _): (u32, u32)) -> Result<u32, Error> {
        Ok(self.value + left + key.len() as u32)
    }

    async fn cached(&self, _key: String, _pair: (u32, u32)) -> Result<u32, Error> {
        Ok(self.value)
    }

    #[guarded(deps = ["redis"], attempts = 2)]
    async fn store(&mut self, value: u32) -> Result<(), Error> {
        self.value = value;
        Ok(())
    }

    #[guarded(deps = ["redis"], attempts = 2, fallback = Self::shared_again)]
    async fn shared(self: Arc<Self>) -> Result<u32, Error> {
        Ok(self.value)
    }

    fn shared_again(self: Arc<Self>) -> Result<u32, Error> {
        Ok(self.value)
    }
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    assert_eq!(assert_send(everything(1, "a", vec![0])).await?, "a[0, 1]");
    returns_nothing(&mut Vec::new()).await;
    assert_eq!(assert_send(generic(&1, 2)).await?, (&1, 2));
    let mut store = Store { value: 1 };
    assert_eq!(assert_send(store.load("key".into(), (1, 2))).await?, 5);
    assert_send(store.store(4)).await?;
    assert_eq!(assert_send(Arc::new(store).shared()).await?, 4);
    Ok(())
}
