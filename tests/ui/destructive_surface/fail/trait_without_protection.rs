//! A declaration cannot carry the attribute, so it has two ways out.

use health_runtime::destructive_surface;

#[destructive_surface]
trait Store {
    fn purge(&self);

    fn drop_all(&self) {
        self.purge();
    }
}

struct Disk;

#[destructive_surface]
impl Store for Disk {
    fn purge(&self) {}
}

fn main() {
    Disk.drop_all();
}
