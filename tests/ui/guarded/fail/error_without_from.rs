//! The error type cannot carry a refusal: the message is at the error type.

use health_runtime::guarded;

#[derive(Debug)]
pub enum LoadError {
    NotFound,
}

#[guarded(deps = ["redis"])]
async fn load(id: u8) -> Result<Vec<u8>, LoadError> {
    if id == 0 {
        return Err(LoadError::NotFound);
    }
    Ok(vec![id])
}

fn main() {
    drop(load(1));
}
