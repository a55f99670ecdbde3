//! `return`, `?`, labels, closures and blocks in the body.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

use std::io::Error;

use health_runtime::guarded;

#[guarded(deps = ["redis"])]
async fn flow(numbers: Vec<&str>) -> Result<u32, Error> {
    let mut sum = 0;
    'numbers: for number in &numbers {
        if number.is_empty() {
            continue 'numbers;
        }
        let parsed = (|| -> Result<u32, Error> { number.parse().map_err(Error::other) })()?;
        if parsed == 99 {
            return Ok(parsed);
        }
        let inner = async {
            if parsed == 1 {
                return 10;
            }
            parsed
        };
        sum += inner.await;
        if sum > 100 {
            break 'numbers;
        }
    }
    let doubled = 'block: {
        if sum == 0 {
            break 'block 0;
        }
        sum * 2
    };
    Ok(doubled)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(flow(vec!["1", "", "2"]).await.unwrap(), 24);
    assert_eq!(flow(vec!["99"]).await.unwrap(), 99);
    assert!(flow(vec!["x"]).await.is_err());
}
