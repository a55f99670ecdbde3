//! An exemption is for whoever reads it.

use health_runtime::harmless;

#[harmless]
fn close() {}

#[harmless()]
fn close_door() {}

#[harmless(reason = "")]
fn close_window() {}

#[harmless(reason = "  ")]
fn close_gate() {}

#[harmless(reason = true)]
fn close_book() {}

#[harmless("it is only a door")]
fn close_case() {}

fn main() {
    close();
    close_door();
    close_window();
    close_gate();
    close_book();
    close_case();
}
