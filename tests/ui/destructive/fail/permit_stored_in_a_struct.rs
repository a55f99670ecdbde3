//! The permit is lent for the call: a value that outlives the call cannot hold it.

use health_runtime::{DependencyUnhealthy, DestructivePermit, destructive};

struct Janitor<'p> {
    permit: Option<&'p DestructivePermit>,
}

impl<'p> Janitor<'p> {
    #[destructive(permit = "permit")]
    async fn start(&mut self) -> Result<(), DependencyUnhealthy> {
        self.permit = Some(permit);
        Ok(())
    }
}

fn main() {
    let mut janitor = Janitor { permit: None };
    drop(janitor.start());
    drop(janitor.permit);
}
