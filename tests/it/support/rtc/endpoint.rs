//! An endpoint before it is connected: its certificate, and what it was agreed to send and receive.

use super::capabilities::Capabilities;
use super::driver::Driver;
use super::peer::RtcPeer;
use super::socket::{Protocol, Socket};
use super::transport::{CertificateFingerprint, DtlsParameters, TransportInfo};
use std::time::{Duration, Instant};
use str0m::{Candidate, Rtc, RtcConfig};

/// How often the counters of the protocol (retransmission requests) are read out.
const STATISTICS_INTERVAL: Duration = Duration::from_millis(100);
/// A TCP connection on the loopback that takes longer has failed.
const OPEN_DEADLINE: Duration = Duration::from_secs(5);

/// Which side of the DTLS handshake the endpoint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DtlsRole {
    /// It sends the ClientHello, as browsers do.
    Client,
    /// It waits for the server's ClientHello.
    Server,
}

/// An endpoint that has a certificate, but no connection yet.
pub struct Endpoint {
    rtc: Rtc,
    role: DtlsRole,
    capabilities: Capabilities,
}

impl Endpoint {
    /// Makes a new certificate.
    pub fn new(capabilities: Capabilities, role: DtlsRole) -> Self {
        let config = RtcConfig::new().set_rtp_mode(true).set_stats_interval(Some(STATISTICS_INTERVAL));
        let rtc = capabilities.configure(config).build(Instant::now());
        Self { rtc, role, capabilities }
    }

    /// For `connectTransport`.
    pub fn dtls_parameters(&mut self) -> DtlsParameters {
        let fingerprint = self.rtc.direct_api().local_dtls_fingerprint().clone();
        let bytes: Vec<_> = fingerprint.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        let role = match self.role {
            DtlsRole::Client => "client",
            DtlsRole::Server => "server",
        };
        let fingerprint = CertificateFingerprint { algorithm: fingerprint.hash_func, value: bytes.join(":") };
        DtlsParameters { role: role.to_owned(), fingerprints: vec![fingerprint] }
    }

    /// Starts ICE and DTLS, and waits for neither.
    ///
    /// # Panics
    /// When the server offers no such candidate, refuses a TCP connection, or gave parameters that make no sense.
    pub async fn start(mut self, transport: &TransportInfo, protocol: Protocol) -> RtcPeer {
        let remote = transport.address(protocol).unwrap_or_else(|| panic!("no {} candidate", protocol.name()));
        let opened = tokio::time::timeout(OPEN_DEADLINE, Socket::open(protocol, remote)).await;
        let socket = opened.expect("the socket opens in time").expect("the socket opens");
        let candidate = |address| Candidate::host(address, protocol.name()).expect("a candidate");
        self.rtc.add_local_candidate(candidate(socket.local));
        self.rtc.add_remote_candidate(candidate(remote));
        let mut direct = self.rtc.direct_api();
        direct.set_ice_controlling(true);
        direct.set_remote_ice_credentials(transport.ice_credentials());
        direct.set_remote_fingerprint(transport.sha256().expect("a sha-256 fingerprint"));
        direct.enable_twcc_feedback();
        direct.start_dtls(self.role == DtlsRole::Client).expect("DTLS starts");
        RtcPeer::spawn(|commands, state| Driver::new(self.rtc, socket, self.capabilities, commands, state))
    }

    /// Starts ICE and DTLS, and waits until media can flow.
    ///
    /// # Panics
    /// As [`Endpoint::start`], and when the handshake fails or takes too long.
    pub async fn connect(self, transport: &TransportInfo, protocol: Protocol) -> RtcPeer {
        let peer = self.start(transport, protocol).await;
        peer.until("connected", |now| now.phase == super::Phase::Connected).await;
        peer
    }
}
