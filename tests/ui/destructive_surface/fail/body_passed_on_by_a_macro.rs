//! A body that `macro_rules!` passes on hides none of the functions behind it.

macro_rules! sessions {
    ($body:block) => {
        #[health_runtime::destructive_surface]
        impl Sessions {
            fn open(&self) $body

            fn delete_all(&self) {}
        }
    };
}

struct Sessions;

sessions!({ drop(1) });

fn main() {
    Sessions.open();
    Sessions.delete_all();
}
