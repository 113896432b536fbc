//! An endpoint before it is connected: its certificate, and what it can send and receive.

use super::capabilities::Capabilities;
use super::error::RtcError;
use super::link::Link;
use super::machine::Machine;
use super::meter::Meter;
use super::socket::Socket;
use super::transport::Remote;
use crate::scenario::VideoCodec;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use str0m::error::IceError;
use str0m::{Candidate, Rtc, RtcConfig};

/// How often the counters of the protocols (requests for retransmission) are read out.
const STATISTICS_INTERVAL: Duration = Duration::from_secs(1);

/// An endpoint that has a certificate, but no connection yet.
pub struct Endpoint {
    rtc: Rtc,
    meter: Meter,
}

impl Endpoint {
    /// Makes a new certificate. What it sends too late is told to the meter.
    pub fn new(capabilities: &Capabilities, meter: &Meter) -> Self {
        Self::of(capabilities.configure(RtcConfig::new()), meter)
    }

    /// The same for signaling by SDP, with payload types and header extensions of its own: sends and receives Opus and
    /// these codecs of video, the first preferred.
    pub fn for_sdp(codecs: &[VideoCodec], meter: &Meter) -> Self {
        let config = RtcConfig::new().clear_codecs().enable_opus(true, false);
        let with = |config: RtcConfig, codec: &VideoCodec| match codec {
            VideoCodec::Vp8 => config.enable_vp8(true),
            VideoCodec::Vp9 => config.enable_vp9(true),
        };
        Self::of(codecs.iter().fold(config, with), meter)
    }

    fn of(config: RtcConfig, meter: &Meter) -> Self {
        let config = config.set_rtp_mode(true).set_stats_interval(Some(STATISTICS_INTERVAL));
        Self { rtc: config.build(Instant::now()), meter: meter.clone() }
    }

    /// Opens a socket at that address of this machine, by which the other side can reach it; [`Link::offer`] or
    /// [`Link::answer`] bring it together with somebody. To be called within a Tokio runtime.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub fn open(mut self, local: IpAddr) -> Result<Link, RtcError> {
        let socket = Socket::bind(local)?;
        self.rtc.add_local_candidate(candidate(socket.local)?);
        let machine = Machine::new(self.rtc, socket.local, self.meter, Instant::now());
        Ok(Link::spawn(machine, socket))
    }

    /// For `connectTransport`. The endpoint is DTLS's client, as browsers are.
    pub fn dtls_parameters(&mut self) -> Value {
        let fingerprint = self.rtc.direct_api().local_dtls_fingerprint().clone();
        let bytes: Vec<_> = fingerprint.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        json!({
            "role": "client",
            "fingerprints": [{ "algorithm": fingerprint.hash_func, "value": bytes.join(":") }],
        })
    }

    /// Opens a socket and begins ICE and DTLS with the transport of that answer to `createTransport`, over UDP. To be
    /// called within a Tokio runtime; [`Link::until_connected`] waits for the rest.
    ///
    /// # Errors
    /// When the parameters cannot be used, and when there is no socket to be had.
    pub fn connect(mut self, transport: &Value) -> Result<Link, RtcError> {
        let remote = Remote::read(transport)?;
        let socket = Socket::open(remote.address)?;
        self.rtc.add_local_candidate(candidate(socket.local)?);
        self.rtc.add_remote_candidate(candidate(remote.address)?);
        let mut direct = self.rtc.direct_api();
        direct.set_ice_controlling(true);
        direct.set_remote_ice_credentials(remote.credentials);
        direct.set_remote_fingerprint(remote.fingerprint);
        direct.start_dtls(true)?;
        let machine = Machine::new(self.rtc, socket.local, self.meter, Instant::now());
        Ok(Link::spawn(machine, socket))
    }
}

fn candidate(address: SocketAddr) -> Result<Candidate, RtcError> {
    let wrong = |error: IceError| RtcError::Parameters { what: "address", why: error.to_string() };
    Candidate::host(address, "udp").map_err(wrong)
}
