//! A surface has functions; it is none.

#[health_runtime::destructive_surface]
fn delete() {}

#[health_runtime::destructive_surface]
struct Disk;

fn main() {
    delete();
    drop(Disk);
}
