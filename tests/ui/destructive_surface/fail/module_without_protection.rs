//! A module is covered with all that is in it.

#[health_runtime::destructive_surface]
mod sessions {
    pub fn end_session() {}

    pub struct Session;

    impl Session {
        pub fn close(self) {}
    }

    impl Drop for Session {
        fn drop(&mut self) {}
    }

    pub mod deep {
        pub fn delete() {}
    }
}

fn main() {
    sessions::end_session();
    sessions::Session.close();
    sessions::deep::delete();
}
