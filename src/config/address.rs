//! Checks of addresses as people write them: hosts, browser origins, ICE server URLs.

use std::net::{IpAddr, Ipv6Addr};

pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// An IP address, or a host name by RFC 1123. A name whose last label is a number is a mistyped address.
pub(super) fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numeric_end = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    is_ip(text) || (text.len() <= 253 && !numeric_end && text.split('.').all(label))
}

/// A host that somebody else can send to: no wildcard, no multicast group.
pub(super) fn is_reachable(text: &str) -> bool {
    match text.parse::<IpAddr>() {
        Ok(ip) => !ip.is_unspecified() && !ip.is_multicast(),
        Err(_) => is_host(text),
    }
}

/// A browser's origin, exactly as it sends it: `http(s)://host[:port]` without a slash at the end.
pub(super) fn is_origin(text: &str) -> bool {
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    authority.is_some_and(is_authority)
}

/// An HTTP URL with a host, maybe a path and a query, and nothing else: no user name, no fragment.
pub(super) fn is_http_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let printable = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\' | b'"' | b'<' | b'>');
    is_authority(authority) && path.bytes().all(printable)
}

/// A STUN or TURN URL by RFC 7064 and RFC 7065.
pub(super) fn is_ice_url(text: &str) -> bool {
    match text.split_once(':') {
        Some(("stun" | "stuns", authority)) => is_authority(authority),
        Some(("turn" | "turns", rest)) => {
            let (authority, query) = rest.split_once('?').unwrap_or((rest, "transport=udp"));
            is_authority(authority) && matches!(query, "transport=udp" | "transport=tcp")
        }
        _ => false,
    }
}

/// `host[:port]`, an IPv6 address in brackets.
fn is_authority(text: &str) -> bool {
    let (host_fits, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((ip, port)) => (ip.parse::<Ipv6Addr>().is_ok(), port),
        None => {
            let end = text.find(':').unwrap_or(text.len());
            (is_host(&text[..end]), &text[end..])
        }
    };
    let is_port =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    host_fits && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(check: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(check(text), "{text:?} should pass");
        }
        for text in bad {
            assert!(!check(text), "{text:?} should not pass");
        }
    }

    #[test]
    fn hosts() {
        let long = format!("{}.example", "a".repeat(64));
        all(
            is_host,
            &["0.0.0.0", "::1", "localhost", "sfu-1.example.com", "1and1.com"],
            &["", "999.1.1.1", "1.2.3", "a_b", "-a.com", "a-.com", "a..b", "a b", "a:80", &long],
        );
        all(is_reachable, &["203.0.113.1", "sfu.example.com"], &["0.0.0.0", "::", "224.0.0.1"]);
    }

    #[test]
    fn origins() {
        all(
            is_origin,
            &["http://localhost:5173", "https://a.example.com", "http://[::1]:80"],
            &["", "*", "a.com", "ftp://a.com", "https://a.com/", "https://a.com:", "https://a.com:0"],
        );
        all(is_origin, &[], &["https://a.com:99999", "https://a.com:+80", "https://[::1", "https://"]);
    }

    #[test]
    fn http_urls() {
        let good =
            ["http://localhost:3000", "https://a.example.com/hooks/1?key=x%20y", "http://[::1]:80/", "http://a?b"];
        let bad = ["", "a.com", "ftp://a.com", "https://", "https:///x", "https://u:p@a.com/", "https://a.com/#x"];
        all(is_http_url, &good, &bad);
        all(is_http_url, &[], &["https://a.com/x y", "https://a.com/\n", "https://a.com\\x", "https://a.com:0/"]);
    }

    #[test]
    fn ice_urls() {
        all(
            is_ice_url,
            &["stun:a.com", "stuns:a.com:5349", "turn:[2001:db8::1]:3478", "turns:a.com?transport=tcp"],
            &["", "stun:", "stun://a.com", "http:a.com", "turn:a.com?transport=sctp", "stun:a.com?transport=udp"],
        );
    }
}
