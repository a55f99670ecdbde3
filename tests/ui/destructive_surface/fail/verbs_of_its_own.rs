//! `verbs` replaces the list.

struct Disk;

#[health_runtime::destructive_surface(verbs = ["smash"])]
impl Disk {
    fn smash(&self) {}

    fn delete(&self) {}
}

fn main() {
    Disk.smash();
    Disk.delete();
}
