//! What is no list of verbs.

struct Disk;

#[health_runtime::destructive_surface(verbs = "smash")]
impl Disk {}

#[health_runtime::destructive_surface(verbs = [])]
impl Disk {}

#[health_runtime::destructive_surface(verbs = ["smash", "smash", "", "burn down", 3])]
impl Disk {}

#[health_runtime::destructive_surface(verb = ["smash"])]
impl Disk {}

fn main() {
    drop(Disk);
}
