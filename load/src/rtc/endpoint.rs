//! An endpoint before it is connected: its certificate, and what it can send and receive.

use super::capabilities::Capabilities;
use super::error::RtcError;
use super::link::Link;
use super::machine::Machine;
use super::meter::Meter;
use super::socket::Socket;
use super::transport::Remote;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
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
        let config = RtcConfig::new().set_rtp_mode(true).set_stats_interval(Some(STATISTICS_INTERVAL));
        Self { rtc: capabilities.configure(config).build(Instant::now()), meter: meter.clone() }
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
        let candidate = |address| {
            let wrong =
                |error: str0m::error::IceError| RtcError::Parameters { what: "address", why: error.to_string() };
            Candidate::host(address, "udp").map_err(wrong)
        };
        self.rtc.add_local_candidate(candidate(socket.local)?);
        self.rtc.add_remote_candidate(candidate(socket.remote)?);
        let mut direct = self.rtc.direct_api();
        direct.set_ice_controlling(true);
        direct.set_remote_ice_credentials(remote.credentials);
        direct.set_remote_fingerprint(remote.fingerprint);
        direct.start_dtls(true)?;
        let machine = Machine::new(self.rtc, (socket.local, socket.remote), self.meter, Instant::now());
        Ok(Link::spawn(machine, socket))
    }
}
