//! Types that nobody can confirm with: at the parameter.

use std::io::Error;

use health_runtime::{Bypass, destructive};

#[destructive(bypass = "user_confirmed")]
async fn number(user_confirmed: u8) -> Result<(), Error> {
    Ok(())
}

#[destructive(bypass = "why")]
async fn text(id: u8, why: Option<String>) -> Result<(), Error> {
    drop(id);
    Ok(())
}

#[destructive(bypass = "sure")]
async fn reference(sure: &Bypass) -> Result<(), Error> {
    Ok(())
}

#[destructive(bypass = "sure")]
async fn anything(sure: impl Into<bool>) -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = (number, text, reference, anything(true));
}
