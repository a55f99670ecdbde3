//! Every destructive name says what stands before it: a gate, a permit, or a reason.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::{DestructivePermit, destructive, destructive_surface, harmless};

struct Sessions;

#[destructive_surface]
impl Sessions {
    const DROP_AFTER: u8 = 3;

    #[destructive(deps = ["redis"])]
    async fn delete_all(&self) -> Result<(), Error> {
        Ok(())
    }

    fn terminate(&self, permit: &DestructivePermit) -> u64 {
        permit.fence()
    }

    #[harmless(reason = "a door is not data")]
    fn close_door(&self) -> u8 {
        Self::DROP_AFTER
    }

    fn dropdown(&self) {}

    async fn load(&self) -> Result<(), Error> {
        self.dropdown();
        Ok(())
    }
}

fn main() {
    health_runtime::testing::run(async {
        Sessions.delete_all().await.unwrap();
        Sessions.load().await.unwrap();
        assert_eq!(Sessions.close_door(), 3);
        let _: fn(&Sessions, &DestructivePermit) -> u64 = Sessions::terminate;
    });
}
