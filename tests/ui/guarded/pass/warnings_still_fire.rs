//! What the compiler has to say about the plain function, it says about the annotated one.
//!
//! Each `expect` fails the build if its warning is gone.
#![deny(warnings, missing_docs, unfulfilled_lint_expectations)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::guarded;

#[expect(dead_code)]
#[guarded(deps = ["redis"])]
async fn never_called() -> Result<(), Error> {
    Ok(())
}

#[guarded(deps = ["redis"])]
async fn unused_parameter(used: String, #[expect(unused_variables)] unused: String) -> Result<usize, Error> {
    Ok(used.len())
}

#[guarded(deps = ["redis"])]
#[expect(unused_variables)]
async fn unused_reference(unused: &str) -> Result<(), Error> {
    Ok(())
}

struct Client {
    name: String,
}

impl Client {
    #[guarded(deps = ["redis"])]
    #[expect(unused_variables)]
    async fn field_of_the_same_name(&self, name: String) -> Result<usize, Error> {
        Ok(self.name.len())
    }
}

#[guarded(deps = ["redis"])]
#[expect(unused_variables)]
async fn unused_in_a_pattern((a, b): (u8, u8)) -> Result<u8, Error> {
    Ok(a)
}

#[guarded(deps = ["redis"])]
#[expect(unused_variables)]
async fn shadowed_before_use(name: String) -> Result<usize, Error> {
    let name = "other";
    Ok(name.len())
}

#[guarded(deps = ["redis"])]
#[expect(unused_mut)]
async fn needless_mut(mut name: String) -> Result<usize, Error> {
    Ok(name.len())
}

#[guarded(deps = ["redis"])]
#[expect(unused_mut)]
async fn needless_mut_in_a_pattern((mut a, b): (u8, u8), mut c: u8) -> Result<u8, Error> {
    Ok(a + b + c)
}

#[guarded(deps = ["redis"])]
#[expect(unused_assignments)]
async fn assigned_before_use(mut count: usize) -> Result<usize, Error> {
    count = 1;
    Ok(count)
}

#[guarded(deps = ["redis"])]
#[expect(unused_variables)]
async fn unused_local() -> Result<(), Error> {
    let local = 1;
    Ok(())
}

#[must_use]
fn important() -> u8 {
    1
}

#[guarded(deps = ["redis"])]
#[expect(unused_must_use)]
async fn forgotten_value() -> Result<(), Error> {
    important();
    Ok(())
}

#[guarded(deps = ["redis"])]
#[expect(unreachable_code)]
async fn unreachable_end(_name: String) -> Result<(), Error> {
    return Ok(());
    drop(_name);
}

#[guarded(deps = ["redis"])]
#[expect(unreachable_code)]
async fn unreachable_end_with_a_pattern((_, _): (u8, u8)) -> Result<(), Error> {
    return Ok(());
    #[allow(clippy::unused_unit)]
    ();
}

#[guarded(deps = ["redis"])]
#[expect(unused_braces)]
async fn needless_braces() -> Result<u8, Error> {
    Ok({ 1 })
}

#[guarded(deps = ["redis"])]
#[expect(non_snake_case)]
async fn BadName(Name: String, (Other, _): (u8, u8)) -> Result<usize, Error> {
    Ok(Name.len() + usize::from(Other))
}

#[guarded(deps = ["redis"])]
#[deprecated]
async fn old() -> Result<(), Error> {
    Ok(())
}

#[deprecated]
struct OldError;

#[expect(deprecated)]
impl From<health_runtime::DependencyUnhealthy> for OldError {
    fn from(_: health_runtime::DependencyUnhealthy) -> Self {
        Self
    }
}

#[guarded(deps = ["redis"])]
#[expect(deprecated)]
async fn fails_in_an_old_way() -> Result<(), OldError> {
    Ok(())
}

#[guarded(deps = ["redis"])]
#[must_use = "the name of a future"]
fn must_use() -> impl Future<Output = Result<(), Error>> {
    async { Ok(()) }
}

#[expect(unused_must_use)]
async fn forgets() {
    must_use();
    unused_local();
    unused_local().await;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    forgets().await;
    let client = Client { name: String::new() };
    drop(unused_parameter(String::new(), String::new()));
    drop(unused_reference(""));
    drop(client.field_of_the_same_name(String::new()));
    drop(unused_in_a_pattern((1, 2)));
    drop(shadowed_before_use(String::new()));
    drop(needless_mut(String::new()));
    drop(needless_mut_in_a_pattern((1, 2), 3));
    drop(assigned_before_use(1));
    drop(forgotten_value());
    drop(unreachable_end(String::new()));
    drop(unreachable_end_with_a_pattern((1, 2)));
    drop(needless_braces());
    drop(BadName(String::new(), (1, 2)));
    drop(fails_in_an_old_way());
    #[expect(deprecated)]
    drop(old());
}
