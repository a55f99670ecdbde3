//! Patterns as parameters.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::guarded;

struct Point {
    x: u8,
    y: u8,
}

struct Wrapper(String);

#[guarded(deps = ["redis"])]
async fn tuples((a, (mut b, _)): (u8, (u8, String)), c: u8) -> Result<u8, Error> {
    b += 1;
    Ok(a + b + c)
}

#[guarded(deps = ["redis"])]
async fn structs(Point { x, y: height }: Point, Wrapper(name): Wrapper) -> Result<u8, Error> {
    Ok(x + height + u8::try_from(name.len()).unwrap())
}

#[guarded(deps = ["redis"])]
async fn references(&first: &u8, [a, .., z]: &[u8; 4]) -> Result<u8, Error> {
    Ok(first + a + z)
}

#[guarded(deps = ["redis"])]
#[allow(clippy::toplevel_ref_arg, reason = "the pattern is what is tested")]
async fn by_ref(ref name: String, ref mut count: u8) -> Result<usize, Error> {
    *count += 1;
    Ok(name.len() + usize::from(*count))
}

#[guarded(deps = ["redis"])]
async fn bound(whole @ (a, _): (u8, u8), _: String, _: &str) -> Result<u8, Error> {
    Ok(whole.1 + a)
}

#[guarded(deps = ["redis"])]
async fn mutable(mut list: Vec<u8>, mut unused_before: u8) -> Result<Vec<u8>, Error> {
    list.push(1);
    unused_before += 1;
    list.push(unused_before);
    Ok(list)
}

struct Client(u8);

impl Client {
    #[guarded(deps = ["redis"])]
    async fn method(&self, (a, b): (u8, u8)) -> Result<u8, Error> {
        Ok(self.0 + a + b)
    }

    #[guarded(deps = ["redis"])]
    async fn consuming(self, (a, b): (u8, u8)) -> Result<u8, Error> {
        Ok(self.0 + a + b)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(tuples((1, (2, String::new())), 3).await.unwrap(), 7);
    assert_eq!(structs(Point { x: 1, y: 2 }, Wrapper("abc".into())).await.unwrap(), 6);
    assert_eq!(references(&1, &[1, 2, 3, 4]).await.unwrap(), 6);
    assert_eq!(by_ref("abc".into(), 1).await.unwrap(), 5);
    assert_eq!(bound((1, 2), String::new(), "").await.unwrap(), 3);
    assert_eq!(mutable(vec![], 1).await.unwrap(), [1, 2]);
    assert_eq!(Client(1).method((2, 3)).await.unwrap(), 6);
    assert_eq!(Client(1).consuming((2, 3)).await.unwrap(), 6);
}
