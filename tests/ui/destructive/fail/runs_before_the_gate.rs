//! A function that is not async runs when it is called, and that is before the gate is asked.

use std::io::Error;
use std::pin::Pin;

use health_runtime::destructive;

fn smash() {}

#[destructive]
fn boxed() -> Pin<Box<dyn Future<Output = Result<(), Error>>>> {
    smash();
    Box::pin(async { Ok(()) })
}

#[destructive]
fn future() -> impl Future<Output = Result<(), Error>> {
    helper()
}

async fn helper() -> Result<(), Error> {
    smash();
    Ok(())
}

fn main() {
    drop((boxed(), future()));
}
