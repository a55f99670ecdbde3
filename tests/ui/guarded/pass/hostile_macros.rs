//! A scope in which the macros that the expansion uses are something else.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]
#![allow(unused_macros, reason = "nothing may use them")]

macro_rules! shadow {
    ($d:tt $($name:ident)*) => {
        $(
            #[allow(unused_macros)]
            macro_rules! $name {
                ($d($d tokens:tt)*) => { compile_error!("taken from the user's scope") };
            }
        )*
    };
}

shadow!($ pin file line module_path register finish matches concat stringify);

#[health_runtime::guarded(deps = ["redis"])]
async fn guarded(_name: String) -> Result<u8, std::io::Error> {
    Ok(1)
}

#[health_runtime::destructive(deps = ["redis"])]
async fn destructive() -> Result<u8, std::io::Error> {
    Ok(1)
}

#[health_runtime::probe(dep = "redis")]
async fn ping() -> Result<(), std::io::Error> {
    Ok(())
}

fn main() {
    drop(guarded(String::new()));
    drop(destructive());
}
