//! Outputs that borrow from the arguments, with lifetimes written and elided.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::io::Error;

use health_runtime::guarded;

struct Cache {
    entries: Vec<String>,
}

struct Entry<'a>(&'a str);

impl Cache {
    #[guarded(deps = ["redis"])]
    async fn get(&self, at: usize) -> Result<&str, Error> {
        self.entries.get(at).map(String::as_str).ok_or_else(|| Error::other("none"))
    }

    #[guarded(deps = ["redis"])]
    async fn entry(&self, at: usize) -> Result<Entry<'_>, Error> {
        Ok(Entry(self.get(at).await?))
    }

    #[guarded(deps = ["redis"])]
    async fn get_mut<'a>(&'a mut self, _other: &str, at: usize) -> Result<&'a mut String, Error> {
        self.entries.get_mut(at).ok_or_else(|| Error::other("none"))
    }

    #[guarded(deps = ["redis"])]
    fn later<'a>(&'a self, name: &'a str) -> impl Future<Output = Result<Cow<'a, str>, Error>> + 'a {
        async move {
            match self.get(0).await {
                Ok(found) => Ok(Cow::Borrowed(found)),
                Err(_) => Ok(name.into()),
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut cache = Cache { entries: vec!["a".to_owned()] };
    assert_eq!(cache.get(0).await.unwrap(), "a");
    assert_eq!(cache.entry(0).await.unwrap().0, "a");
    cache.get_mut("", 0).await.unwrap().push('b');
    assert_eq!(cache.later("x").await.unwrap(), "ab");
    assert!(cache.get(1).await.is_err());
}
