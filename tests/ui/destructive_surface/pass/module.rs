//! A module is covered with everything in it; what other words start with a verb is not meant.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use health_runtime::destructive_surface;

/// Sessions.
#[destructive_surface]
pub mod sessions {
    use health_runtime::{DependencyUnhealthy, destructive, harmless};

    /// A session.
    #[derive(Debug)]
    pub struct Session<const N: usize = { 1 + 2 }>;

    impl<const N: usize> Session<N> {
        /// Ends it.
        ///
        /// # Errors
        ///
        /// When it may not be ended.
        #[destructive(deps = ["redis"])]
        pub async fn end(&self) -> Result<usize, DependencyUnhealthy> {
            Ok(N)
        }
    }

    struct Guard;

    impl Drop for Guard {
        fn drop(&mut self) {}
    }

    mod inner {
        #[super::harmless(reason = "closes a file")]
        pub(super) fn close() -> u8 {
            1
        }
    }

    /// Undeletes.
    pub fn undelete() -> u8 {
        drop(Guard);
        inner::close() + endless()
    }

    const fn endless() -> u8 {
        2
    }
}

fn main() {
    health_runtime::testing::run(async {
        let session = sessions::Session::<3>;
        assert_eq!(session.end().await.unwrap(), 3);
        assert_eq!(sessions::undelete(), 3);
    });
}
