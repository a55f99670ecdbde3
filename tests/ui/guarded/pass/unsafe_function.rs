//! An `unsafe async fn`, whose body may do what is unsafe as before.
#![deny(warnings, missing_docs)]

use std::io::Error;

use health_runtime::guarded;

/// # Safety
///
/// `byte` points to a byte.
#[guarded(deps = ["redis"])]
async unsafe fn read(byte: *const u8) -> Result<u8, Error> {
    Ok(unsafe { *byte })
}

/// # Safety
///
/// `byte` points to a byte.
#[guarded(deps = ["redis"])]
#[allow(unsafe_op_in_unsafe_fn, reason = "how editions before 2024 write it")]
async unsafe fn read_without_a_block(byte: *const u8) -> Result<u8, Error> {
    Ok(*byte)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(unsafe { read(&7) }.await.unwrap(), 7);
    assert_eq!(unsafe { read_without_a_block(&8) }.await.unwrap(), 8);
}
