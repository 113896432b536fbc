//! Where a request comes from when proxies pass it on. A header is only worth what its last writer is: anybody can
//! send one, so it is read from trusted proxies alone, and from the right, where they append.

use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The header in which the trusted proxies tell where a request came from. Only one: the other passes through them as
/// the client sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: client, proxy`.
    XForwardedFor,
    /// `Forwarded: for=client, for=proxy` (RFC 7239).
    Forwarded,
}

impl ForwardedHeader {
    /// In lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// The proxies that are believed.
#[derive(Debug, Clone)]
pub struct Proxies {
    trusted: Vec<IpNet>,
    header: ForwardedHeader,
}

impl Proxies {
    /// Those within the networks; they write that header.
    pub fn new(trusted: Vec<IpNet>, header: ForwardedHeader) -> Self {
        Self { trusted, header }
    }

    /// The header to give to [`Self::client`].
    pub fn header(&self) -> ForwardedHeader {
        self.header
    }

    /// Whether it is one of them.
    pub fn trusts(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.trusted.iter().any(|network| network.contains(&ip))
    }

    /// Where a request comes from: the right-most address that is no trusted proxy. `values` are those of the header,
    /// in their order. Behind an entry that cannot be read nothing is known: then it is the proxy that wrote it.
    pub fn client<'a>(&self, peer: IpAddr, values: impl Iterator<Item = &'a str>) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let values: Vec<_> = values.collect();
        for entry in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let address = match self.header {
                ForwardedHeader::XForwardedFor => address(entry),
                ForwardedHeader::Forwarded => forwarded_for(entry).and_then(address),
            };
            let Some(address) = address else { break };
            client = address.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        client
    }
}

/// An address as proxies write it: with or without a port, IPv6 in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

/// `for` of one element of `Forwarded`. Quotes do not hide commas and semicolons here, which no address has: a quote that
/// a client left open must not reach into what the proxy appended.
fn forwarded_for(element: &str) -> Option<&str> {
    let mut nodes = element.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| unquoted(value.trim()))
    });
    // Said twice, it says nothing.
    nodes.next().filter(|_| nodes.next().is_none())
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(header: ForwardedHeader, peer: &str, values: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "127.0.0.1/32", "2001:db8:ffff::/48"];
        let trusted = trusted.map(|network| network.parse().expect("a network")).into();
        let proxies = Proxies::new(trusted, header);
        proxies.client(peer.parse().expect("an address"), values.iter().copied()).to_string()
    }

    #[test]
    fn the_right_most_address_that_is_no_proxy_counts() {
        let table: [(&str, &[&str], &str); 14] = [
            ("10.0.0.1", &["192.0.2.1"], "192.0.2.1"),
            ("10.0.0.1", &["198.51.100.9, 192.0.2.1"], "192.0.2.1"),
            ("10.0.0.1", &["198.51.100.9, 192.0.2.1, 10.9.9.9"], "192.0.2.1"),
            ("10.0.0.1", &["198.51.100.9", "192.0.2.1", "10.9.9.9"], "192.0.2.1"),
            ("10.0.0.1", &["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.1, nonsense"], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.1, nonsense, 10.2.2.2"], "10.2.2.2"),
            ("10.0.0.1", &["192.0.2.1:4711"], "192.0.2.1"),
            ("10.0.0.1", &["[2001:db8::1]:4711, 10.2.2.2"], "2001:db8::1"),
            ("::ffff:10.0.0.1", &["::ffff:192.0.2.1"], "192.0.2.1"),
            ("2001:db8:ffff::1", &["2001:db8::1"], "2001:db8::1"),
            ("192.0.2.200", &["198.51.100.9"], "192.0.2.200"),
        ];
        for (peer, values, expected) in table {
            assert_eq!(client(ForwardedHeader::XForwardedFor, peer, values), expected, "{peer} {values:?}");
        }
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_says() {
        let table: [(&str, &str); 9] = [
            ("for=192.0.2.1", "192.0.2.1"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.1;proto=http;by=203.0.113.43", "192.0.2.1"),
            ("for=198.51.100.9, for=192.0.2.1;proto=https", "192.0.2.1"),
            ("proto=https ; for=\"192.0.2.1:80\" , for=10.2.2.2", "192.0.2.1"),
            ("for=192.0.2.1, for=unknown", "10.0.0.1"),
            ("for=192.0.2.1, for=_hidden, for=10.2.2.2", "10.2.2.2"),
            ("for=192.0.2.1;for=192.0.2.2", "10.0.0.1"),
            ("for=192.0.2.1, proto=\"a, for=198.51.100.9\"", "10.0.0.1"),
        ];
        for (value, expected) in table {
            assert_eq!(client(ForwardedHeader::Forwarded, "10.0.0.1", &[value]), expected, "{value}");
        }
    }

    #[test]
    fn a_quote_left_open_does_not_reach_into_the_proxy_s_entry() {
        let value = "for=198.51.100.9;x=\", for=\"[2001:db8::1]\"";
        assert_eq!(client(ForwardedHeader::Forwarded, "10.0.0.1", &[value]), "2001:db8::1");
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_client_sends_the_entry_of_the_proxy_decides(sent in "\\PC{0,60}") {
            for header in [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded] {
                let own = if header == ForwardedHeader::Forwarded { "for=192.0.2.1" } else { "192.0.2.1" };
                let value = format!("{sent}, {own}");
                proptest::prop_assert_eq!(client(header, "10.0.0.1", &[&sent, own]), "192.0.2.1");
                proptest::prop_assert_eq!(client(header, "10.0.0.1", &[&value]), "192.0.2.1");
            }
        }
    }
}
