//! Keys that are hosts: one for all ways to write the same.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use super::CallKey;

/// A host as the key of a breaker: all ways to write the same one are one key.
///
/// Made by [`host`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a host does nothing until it is used as a key"]
pub struct Host<'a>(&'a str);

/// Makes a key of a host, with or without a port.
///
/// Case, trailing dots and blanks around it do not matter, an IPv6 address is put into brackets and
/// into its shortest form, and with the feature `idna` a name beyond ASCII is the same as its `xn--`
/// form. A port is part of the key, without the zeros before it, even if it is the default one: which
/// one that is depends on a scheme that is not known here. Blank text is no key. Nothing is allocated
/// for a host that is in this form already, as those of the crate `url` are.
///
/// # Examples
///
/// ```
/// use health_runtime::{CallKey, host};
///
/// let key = |text| host(text).with_key(|key| key.map(str::to_owned));
/// assert_eq!(key("Example.COM.").as_deref(), Some("example.com"));
/// assert_eq!(key("Example.com.:8080").as_deref(), Some("example.com:8080"));
/// assert_eq!(key("::1").as_deref(), Some("[::1]"));
/// assert_eq!(key(""), None);
/// ```
pub const fn host(host: &str) -> Host<'_> {
    Host(host)
}

impl CallKey for Host<'_> {
    #[inline]
    fn with_key<R>(&self, f: impl FnOnce(Option<&str>) -> R) -> R {
        let host = normalise_host(self.0);
        f((!host.is_empty()).then_some(&host))
    }
}

/// Returns the one form of a host, with its port if it has one.
fn normalise_host(host: &str) -> Cow<'_, str> {
    let is_normal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    let (name, port) = split_port(host);
    if name.bytes().all(is_normal) && !name.ends_with('.') && without_zeros(port) == port {
        return Cow::Borrowed(host);
    }
    let folded = folded(host);
    let (name, port) = split_port(without_end(&folded));
    let name = without_end(name);
    let unbracketed = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    let port = without_zeros(port);
    let colon = if port.is_empty() { "" } else { ":" };
    let normal = match unbracketed.parse::<Ipv6Addr>() {
        Ok(address) => format!("[{address}]{colon}{port}"),
        Err(_) => format!("{name}{colon}{port}"),
    };
    if normal == host {
        Cow::Borrowed(host)
    } else {
        Cow::Owned(normal)
    }
}

/// The text without blanks around it, and without the dots of the root at its end.
fn without_end(text: &str) -> &str {
    text.trim_start()
        .trim_end_matches(|end: char| end == '.' || end.is_whitespace())
}

/// Splits the port off; it is empty if there is none.
fn split_port(host: &str) -> (&str, &str) {
    let Some((name, port)) = host.rsplit_once(':') else {
        return (host, "");
    };
    let is_port = !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
    // Without brackets, what has more colons is an IPv6 address and has no port.
    if is_port && (name.ends_with(']') || !name.contains(':')) {
        (name, port)
    } else {
        (host, "")
    }
}

/// A port without the zeros before it, of which it keeps one that is all of it.
fn without_zeros(port: &str) -> &str {
    let number = port.trim_start_matches('0');
    if number.is_empty() {
        &port[port.len().saturating_sub(1)..]
    } else {
        number
    }
}

/// The text in lower case, and the name in it in ASCII if it can be.
fn folded(host: &str) -> String {
    if host.is_ascii() {
        return host.to_ascii_lowercase();
    }
    // Without its end, behind which a port would be taken for a part of the name.
    let (name, port) = split_port(without_end(host));
    let colon = if port.is_empty() { "" } else { ":" };
    beyond_ascii(name) + colon + port
}

/// The `xn--` form of a name; in lower case if it has none.
#[cfg(feature = "idna")]
fn beyond_ascii(name: &str) -> String {
    idna::domain_to_ascii(name).unwrap_or_else(|_| name.to_lowercase())
}

/// The name in lower case: its `xn--` form is another key without the feature `idna`.
#[cfg(not(feature = "idna"))]
fn beyond_ascii(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_ways_to_write_a_host_are_one_key() {
        for (given, normal) in [
            ("example.com", "example.com"),
            ("EXAMPLE.com", "example.com"),
            ("example.com.", "example.com"),
            ("Example.com.:8443", "example.com:8443"),
            ("  example.com ", "example.com"),
            ("my_service-1.internal", "my_service-1.internal"),
            ("10.0.0.1:6379", "10.0.0.1:6379"),
            ("::1", "[::1]"),
            ("[::1]", "[::1]"),
            ("[0:0:0:0:0:0:0:1]", "[::1]"),
            ("[2001:DB8::A]:443", "[2001:db8::a]:443"),
            ("2001:db8::443", "[2001:db8::443]"),
            ("[2001:DB8::A]:0483", "[2001:db8::a]:483"),
            ("example.com:0080", "example.com:80"),
            ("example.com:00", "example.com:0"),
            ("example.com:0", "example.com:0"),
            ("example.com:", "example.com:"),
            ("example.com..", "example.com"),
            ("example.com .", "example.com"),
            ("A :0 ", "a:0"),
            ("::1.", "[::1]"),
            ("example.com.:80.", "example.com:80"),
            (".", ""),
            ("", ""),
            ("a:b:c", "a:b:c"),
            ("example.com:http", "example.com:http"),
        ] {
            assert_eq!(normalise_host(given), normal, "{given}");
        }
    }

    #[test]
    fn a_port_makes_another_key_even_the_default_one() {
        assert_ne!(
            normalise_host("example.com"),
            normalise_host("example.com:443")
        );
    }

    #[test]
    fn a_normal_host_is_not_copied() {
        for normal in ["example.com", "example.com:443", "[::1]:80", "10.0.0.1"] {
            assert!(
                matches!(normalise_host(normal), Cow::Borrowed(_)),
                "{normal}"
            );
        }
    }

    #[test]
    fn blank_text_is_no_key_and_tenants_keep_their_case() {
        assert!(host(" ").with_key(|key| key.is_none()));
        assert!("A".with_key(|upper| "a".with_key(|lower| upper != lower)));
    }

    #[cfg(feature = "idna")]
    #[test]
    fn a_name_beyond_ascii_is_the_same_as_its_ascii_form() {
        for same in [
            "BÜCHER.example.",
            "bücher.example",
            "xn--bcher-kva.example",
            "XN--BCHER-KVA.Example",
            "bücher。example",
        ] {
            assert_eq!(normalise_host(same), "xn--bcher-kva.example", "{same}");
        }
        for same in ["bücher:80", " bücher.:80 ", "BÜCHER:80."] {
            assert_eq!(normalise_host(same), "xn--bcher-kva:80", "{same}");
        }
    }

    #[cfg(not(feature = "idna"))]
    #[test]
    fn a_name_beyond_ascii_is_folded_to_lower_case() {
        assert_eq!(normalise_host("BÜCHER.example."), "bücher.example");
    }

    proptest! {
        #[test]
        fn the_form_of_a_form_is_the_form(host in "[a-zA-ZüÜ0-9.:\\[\\] -]{0,20}") {
            let once = normalise_host(&host).into_owned();
            prop_assert_eq!(normalise_host(&once), once.as_str());
        }

        #[test]
        fn case_never_makes_another_key(host: String) {
            let (upper, lower) = (host.to_ascii_uppercase(), host.to_ascii_lowercase());
            prop_assert_eq!(normalise_host(&upper), normalise_host(&lower));
        }
    }
}
