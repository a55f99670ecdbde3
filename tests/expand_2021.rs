//! The attributes in a crate of edition 2021.

#[path = "expand/every_form.rs"]
mod every_form;
