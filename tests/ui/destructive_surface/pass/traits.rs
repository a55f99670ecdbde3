//! A trait whose methods ask for a permit, and its `impl`.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]
#![allow(async_fn_in_trait, reason = "the trait is private to this file")]

use std::io::Error;

use health_runtime::{DestructivePermit, destructive, destructive_surface, harmless};

#[destructive_surface]
trait Store {
    fn purge(&self, permit: &DestructivePermit);

    #[harmless(reason = "each implementation stands behind the gate")]
    async fn delete(&self) -> Result<(), Error>;

    #[destructive(deps = ["redis"])]
    async fn cleanup(&self) -> Result<(), Error> {
        self.delete().await
    }
}

struct Disk;

#[destructive_surface]
impl Store for Disk {
    fn purge(&self, _: &health_runtime::DestructivePermit) {}

    #[health_runtime::destructive(deps = ["redis"], permit = "permit")]
    async fn delete(&self) -> Result<(), Error> {
        self.purge(permit);
        Ok(())
    }
}

fn main() {
    health_runtime::testing::run(async { Disk.cleanup().await.unwrap() });
}
