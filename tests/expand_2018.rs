//! The attributes in a crate of edition 2018.

#[path = "expand/every_form.rs"]
mod every_form;
