//! An attribute that vanishes takes its protection with it, so it must not vanish unseen.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;

use health_runtime::inventory::{self, SiteKind};

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("gate-inventory-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may never have been written.
        let _unused = std::fs::remove_file(&self.0);
    }
}

/// Runs one test of this program in a process of its own, which may have another environment.
fn run_alone(test: &str, file: &Path, bless: &str) -> std::process::Output {
    Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env("GATE_INVENTORY_FILE", file)
        .env("HEALTH_RUNTIME_BLESS", bless)
        .output()
        .unwrap()
}

#[test]
#[ignore = "run by the tests below, with a file"]
fn compares() {
    inventory::assert_matches(std::env::var_os("GATE_INVENTORY_FILE").unwrap());
}

fn bless(file: &Path) {
    let output = run_alone("inventory::compares", file, "1");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_blessed_list_matches_and_names_every_operation_with_its_arguments() {
    let scratch = Scratch::new("blessed");
    bless(scratch.path());
    inventory::assert_matches(scratch.path());
    let text = std::fs::read_to_string(scratch.path()).unwrap();
    for line in [
        "gate::support::operations::purge",
        "gate::support::operations::drop_index(deps = [\"search\"])",
        "gate::support::operations::evict(budget = \"3/1m\")",
        "gate::support::operations::close(budget = \"3/1m\", bypass = user_confirmed)",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "`{line}` in {text}"
        );
    }
    assert!(!text.contains("load"), "guarded functions are not listed");
}

#[test]
fn an_attribute_that_vanished_fails_with_the_line_and_what_to_do() {
    let scratch = Scratch::new("vanished");
    bless(scratch.path());
    let mut text = std::fs::read_to_string(scratch.path()).unwrap();
    text.push_str("gate::support::operations::terminate_session\n");
    std::fs::write(scratch.path(), text).unwrap();
    let path = scratch.path().to_owned();
    let panic = catch_unwind(|| inventory::assert_matches(path)).unwrap_err();
    let told = panic.downcast_ref::<String>().unwrap();
    assert!(
        told.contains("- gate::support::operations::terminate_session   (in the file, and nowhere in the program)"),
        "{told}"
    );
    assert!(told.contains("HEALTH_RUNTIME_BLESS=1"), "{told}");
}

#[test]
fn an_operation_that_is_new_or_changed_fails_too() {
    let scratch = Scratch::new("changed");
    bless(scratch.path());
    let text = std::fs::read_to_string(scratch.path()).unwrap();
    let weaker = text.replace("evict(budget = \"3/1m\")", "evict(budget = \"300/1m\")");
    assert_ne!(text, weaker);
    std::fs::write(scratch.path(), weaker).unwrap();
    let path = scratch.path().to_owned();
    let panic = catch_unwind(|| inventory::assert_matches(path)).unwrap_err();
    let told = panic.downcast_ref::<String>().unwrap();
    assert!(
        told.contains("+ gate::support::operations::evict(budget = \"3/1m\")"),
        "{told}"
    );
    assert!(
        told.contains("- gate::support::operations::evict(budget = \"300/1m\")"),
        "{told}"
    );
}

#[test]
fn a_missing_file_fails_and_says_how_to_write_it() {
    let scratch = Scratch::new("missing");
    let output = run_alone("inventory::compares", scratch.path(), "0");
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("HEALTH_RUNTIME_BLESS=1"), "{told}");
    assert!(!scratch.path().exists(), "only blessing writes it");
}

#[test]
fn every_attribute_of_this_program_is_linked_in() {
    let sites = inventory::sites();
    let of = |kind: SiteKind, name: &str| {
        sites
            .iter()
            .filter(|site| site.kind == kind && site.name == name)
            .count()
    };
    assert_eq!(of(SiteKind::Destructive, "purge"), 1);
    assert_eq!(of(SiteKind::Destructive, "wipe"), 2);
    assert_eq!(of(SiteKind::Guarded, "load"), 1);
    assert_eq!(of(SiteKind::Probe, "metrics_answer"), 1);
    assert!(
        sites
            .iter()
            .all(|site| site.line > 0 && site.file.starts_with("tests/gate/"))
    );
}
