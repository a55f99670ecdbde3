//! What can be the key of a breaker.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::rc::Rc;
use std::sync::Arc;

/// What can be the key of a breaker: text, a number, an address, a [`Host`](crate::Host), or none of
/// them.
///
/// Implement it for a type of your own by handing its text on. Two keys are one if they have the
/// same text.
///
/// # Examples
///
/// ```
/// use health_runtime::CallKey;
///
/// struct Tenant {
///     name: String,
/// }
///
/// impl CallKey for Tenant {
///     fn with_key<R>(&self, f: impl FnOnce(Option<&str>) -> R) -> R {
///         self.name.with_key(f)
///     }
/// }
///
/// let tenant = Tenant { name: "acme".into() };
/// assert_eq!(tenant.with_key(|key| key.map(str::len)), Some(4));
/// assert_eq!(7_u32.with_key(|key| key.map(str::to_owned)).as_deref(), Some("7"));
/// assert!(None::<&str>.with_key(|key| key.is_none()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a breaker",
    label = "not a key",
    note = "a key is a `&str`, `String`, `Cow<str>`, `Box<str>`, `Arc<str>`, an integer, an `IpAddr`, \
            a `SocketAddr`, a `Host` as `health_runtime::host(..)` makes it, a reference to one of \
            these, or an `Option` of one",
    note = "for a type of your own, implement `health_runtime::CallKey`, or hand its text over"
)]
pub trait CallKey {
    /// Runs `f` with the text of the key; with `None` if this call has no key, and is only for the
    /// breaker of the whole dependency.
    fn with_key<R>(&self, f: impl FnOnce(Option<&str>) -> R) -> R;
}

impl CallKey for str {
    #[inline]
    fn with_key<R>(&self, f: impl FnOnce(Option<&str>) -> R) -> R {
        f(Some(self))
    }
}

impl<K: CallKey> CallKey for Option<K> {
    #[inline]
    fn with_key<R>(&self, f: impl FnOnce(Option<&str>) -> R) -> R {
        match self {
            Some(key) => key.with_key(f),
            None => f(None),
        }
    }
}

impl CallKey for String {
    #[inline]
    fn with_key<R>(&self, f: impl FnOnce(Option<&str>) -> R) -> R {
        f(Some(self))
    }
}

impl CallKey for Cow<'_, str> {
    #[inline]
    fn with_key<R>(&self, f: impl FnOnce(Option<&str>) -> R) -> R {
        f(Some(self))
    }
}

macro_rules! pointers {
    ($($pointer:ty)*) => {$(
        impl<K: CallKey + ?Sized> CallKey for $pointer {
            #[inline]
            fn with_key<R>(&self, f: impl FnOnce(Option<&str>) -> R) -> R {
                (**self).with_key(f)
            }
        }
    )*};
}

pointers! { &K Box<K> Arc<K> Rc<K> }

macro_rules! written {
    ($($type:ty)*) => {$(
        impl CallKey for $type {
            fn with_key<R>(&self, f: impl FnOnce(Option<&str>) -> R) -> R {
                Buffer::of(self, f)
            }
        }
    )*};
}

written! {
    u8 u16 u32 u64 u128 usize
    i8 i16 i32 i64 i128 isize
    std::num::NonZeroU32 std::num::NonZeroU64
    IpAddr Ipv4Addr Ipv6Addr
    SocketAddr SocketAddrV4 SocketAddrV6
}

/// Text on the stack. The longest is an IPv6 socket address with a scope, of 58 bytes.
struct Buffer {
    bytes: [u8; 64],
    len: usize,
}

impl Buffer {
    fn of<R>(value: &impl fmt::Display, f: impl FnOnce(Option<&str>) -> R) -> R {
        let mut buffer = Self {
            bytes: [0; 64],
            len: 0,
        };
        let written = write!(buffer, "{value}");
        match std::str::from_utf8(&buffer.bytes[..buffer.len]) {
            Ok(text) if written.is_ok() => f(Some(text)),
            // Longer than any of the types above can be.
            _ => f(Some(&value.to_string())),
        }
    }
}

impl Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddrV6;

    use super::*;

    fn text(key: impl CallKey) -> Option<String> {
        key.with_key(|key| key.map(str::to_owned))
    }

    #[test]
    fn every_kind_of_key_has_its_text() {
        let owned = String::from("a");
        let (twice, some) = (&&owned, &Some(owned.clone()));
        let texts = [
            text("a"),
            text(&owned),
            text(owned.clone()),
            text(twice),
            text(Cow::Borrowed("a")),
            text(Some("a")),
            text(Some(&owned)),
            text(some),
            text(Box::<str>::from("a")),
            text(Arc::<str>::from("a")),
            text(Rc::<str>::from("a")),
            text(Arc::new(owned.clone())),
        ];
        assert!(
            texts.iter().all(|text| text.as_deref() == Some("a")),
            "{texts:?}"
        );
    }

    #[test]
    fn numbers_and_addresses_are_written_as_people_write_them() {
        assert_eq!(text(i128::MIN).unwrap(), i128::MIN.to_string());
        assert_eq!(text(0_u8).unwrap(), "0");
        assert_eq!(text(IpAddr::from([10, 0, 0, 1])).unwrap(), "10.0.0.1");
        let local = SocketAddr::from(([127, 0, 0, 1], 6379));
        assert_eq!(text(local).unwrap(), "127.0.0.1:6379");
    }

    #[test]
    fn the_longest_address_fits_on_the_stack() {
        let ip = Ipv6Addr::from([0xffff; 8]);
        let longest = SocketAddrV6::new(ip, u16::MAX, 0, u32::MAX);
        let mut buffer = Buffer {
            bytes: [0; 64],
            len: 0,
        };
        assert_eq!(write!(buffer, "{longest}"), Ok(()));
        assert_eq!(text(longest).unwrap(), longest.to_string());
    }

    #[test]
    fn what_does_not_fit_is_still_the_whole_text() {
        let long = "x".repeat(100);
        assert_eq!(Buffer::of(&long, |text| text.map(str::len)), Some(100));
    }

    #[test]
    fn no_key_is_no_key_however_deep() {
        assert_eq!(text(None::<&str>), None);
        assert_eq!(text(Some(None::<u32>)), None);
        assert_eq!(text(&None::<String>), None);
    }
}
