//! The binary of a target: see `health_fuzz::TARGETS`.
#![cfg_attr(fuzzing, no_main)]

health_fuzz::tokens!("macro_surface");
