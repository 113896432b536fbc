//! `[rtc]`: addresses, ports and limits of the media transports.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address;
use super::schema::{Key, Kind};
use super::secret::Secret;

/// Addresses, ports and limits of the media transports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RtcConfig {
    /// Address that media ports are bound to.
    pub listen_ip: IpAddr,
    /// As written, may be empty; ask [`RtcConfig::announced`].
    pub announced_address: String,
    /// Port of the first worker, UDP and TCP; each further worker takes the next.
    pub min_port: u16,
    /// Last port that workers may take.
    pub max_port: u16,
    /// Media over UDP.
    pub enable_udp: bool,
    /// Media over TCP.
    pub enable_tcp: bool,
    /// Offers UDP before TCP where both are enabled.
    pub prefer_udp: bool,
    /// Bits per second assumed towards a client before its bandwidth is known.
    pub initial_outgoing_bitrate_bps: u32,
    /// Bits per second sent to a client at most; 0: no bound.
    pub max_outgoing_bitrate_bps: u32,
    /// Bits per second that one transport may send to the server, whatever it carries.
    pub max_incoming_bitrate_bps: u32,
    /// Seconds without an answer from the client until its transport counts as disconnected.
    pub ice_consent_timeout_s: u8,
    /// Handed to clients as they are.
    pub ice_servers: Vec<IceServer>,
}

/// A STUN or TURN server for clients, as `RTCPeerConnection` takes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IceServer {
    /// At least one `stun:`, `stuns:`, `turn:` or `turns:` URL.
    pub urls: Vec<String>,
    /// Empty unless the URLs are TURN.
    #[serde(default)]
    pub username: String,
    /// Empty unless the URLs are TURN. Serialized masked: what goes to clients must expose it.
    #[serde(default)]
    pub credential: Secret,
}

impl RtcConfig {
    /// The address that clients are told to send media to, if not the one listened on. Nothing can be sent to a
    /// wildcard, so with none written this is loopback: right for calls on one machine and for nothing else.
    pub fn announced(&self) -> Option<&str> {
        match self.listen_ip {
            _ if !self.announced_address.is_empty() => Some(&self.announced_address),
            IpAddr::V4(ip) if ip.is_unspecified() => Some("127.0.0.1"),
            IpAddr::V6(ip) if ip.is_unspecified() => Some("::1"),
            _ => None,
        }
    }

    /// Ports available to workers; 0 if the range is reversed.
    pub fn port_count(&self) -> usize {
        (self.min_port..=self.max_port).len()
    }

    /// [`Self::ice_consent_timeout_s`] as a duration.
    pub fn ice_consent_timeout(&self) -> Duration {
        Duration::from_secs(self.ice_consent_timeout_s.into())
    }
}

const ICE_URL: Kind = Kind::Text {
    expected: "stun:host[:port], turn:host[:port][?transport=udp|tcp], or the same with stuns: or turns:",
    check: address::is_ice_url,
};

const ICE_SERVER: Kind = Kind::Table(&[
    Key::new("urls", Kind::List { item: &ICE_URL, at_least: 1 }).required(),
    Key::text("username", "a text", |_| true),
    Key::new("credential", Kind::Secret),
]);

const ANNOUNCED: &str = "an IP address or host name that clients can reach, or \"\" for none";

pub(super) const KEYS: &[Key] = &[
    Key::text("listen_ip", "an IP address", address::is_ip),
    Key::text("announced_address", ANNOUNCED, |text| text.is_empty() || address::is_reachable(text))
        .variable("ANNOUNCED_IP"),
    Key::int("min_port", 1, 65_535).variable("RTC_MIN_PORT"),
    Key::int("max_port", 1, 65_535).variable("RTC_MAX_PORT"),
    Key::new("enable_udp", Kind::Bool),
    Key::new("enable_tcp", Kind::Bool),
    Key::new("prefer_udp", Kind::Bool),
    Key::int("initial_outgoing_bitrate_bps", 10_000, 1_000_000_000),
    Key::int("max_outgoing_bitrate_bps", 0, 1_000_000_000),
    Key::int("max_incoming_bitrate_bps", 10_000, 1_000_000_000),
    // What mediasoup takes; it would silently put the nearest of these in the place of anything else.
    Key::int("ice_consent_timeout_s", 10, 60),
    Key::new("ice_servers", Kind::List { item: &ICE_SERVER, at_least: 0 }),
];
