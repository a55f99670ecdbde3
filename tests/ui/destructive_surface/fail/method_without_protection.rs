//! Destructive names with nothing before them: at the name, with the ways out.

use std::io::Error;

use health_runtime::{destructive, destructive_surface};

struct Sessions;

#[destructive_surface]
impl Sessions {
    async fn delete_all(&self) -> Result<(), Error> {
        Ok(())
    }

    #[destructive]
    async fn terminate(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Not async, but destructive all the same.
    pub fn cleanup(&self, older_than: u64) {
        drop(older_than);
    }

    fn dropdown(&self) {}
}

fn main() {
    drop(Sessions.delete_all());
    drop(Sessions.terminate());
    Sessions.cleanup(1);
    Sessions.dropdown();
}
