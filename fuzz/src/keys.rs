//! Any text as a host that is the key of a breaker.

use std::net::{Ipv6Addr, SocketAddrV6};

use health_runtime::{CallKey, host};

/// All ways to write a host are one key, a key is the key of itself, and blank text is none.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let key = key(text);
    if text.trim().is_empty() {
        assert_eq!(key, None, "{text:?}");
    }
    let Some(key) = key else {
        // The dots that IDNA takes for one, too.
        let blank = |c: char| ".。．｡".contains(c) || c.is_whitespace();
        assert!(text.chars().all(blank), "{text:?} is no key");
        return;
    };
    let same =
        |other: &str| assert_eq!(self::key(other).as_ref(), Some(&key), "{text:?}, {other:?}");
    same(&key);
    same(&format!(" {text} "));
    same(&text.to_ascii_uppercase());
    same(&text.to_ascii_lowercase());
    assert_eq!(key.trim(), key, "{text:?} is {key:?}");
    assert!(
        !key.bytes().any(|byte| byte.is_ascii_uppercase()),
        "{text:?} is {key:?}"
    );
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        assert_eq!(key, format!("[{address}]"));
    }
    if let Ok(address) = text.parse::<SocketAddrV6>()
        && address.scope_id() == 0
    {
        assert_eq!(key, address.to_string().to_ascii_lowercase(), "{text:?}");
    }
}

fn key(text: &str) -> Option<String> {
    host(text).with_key(|key| key.map(str::to_owned))
}
