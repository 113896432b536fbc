//! The server's side of a transport, as `createTransport` answers it.

use super::socket::Protocol;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use str0m::config::Fingerprint;
use str0m::ice::IceCreds;

/// What an endpoint needs to reach a transport; further fields of the answer are of no concern to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransportInfo {
    /// The server's credentials.
    pub ice_parameters: IceParameters,
    ice_candidates: Vec<IceCandidate>,
    /// The server's fingerprints; public, so that a test can spoil them.
    pub dtls_parameters: DtlsParameters,
}

/// The server's side of ICE.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IceParameters {
    /// Names this side in every check.
    pub username_fragment: String,
    /// Proves it.
    pub password: String,
    ice_lite: bool,
}

impl IceParameters {
    pub(super) fn credentials(&self) -> IceCreds {
        assert!(self.ice_lite, "the server is expected to speak ICE lite");
        IceCreds { ufrag: self.username_fragment.clone(), pass: self.password.clone() }
    }
}

#[derive(Debug, Clone, Deserialize)]
struct IceCandidate {
    address: String,
    port: u16,
    protocol: String,
}

/// One side of DTLS, as it goes over the signaling.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DtlsParameters {
    /// `client`, `server` or `auto`.
    pub role: String,
    /// Of the same certificate, one for each hash function.
    pub fingerprints: Vec<CertificateFingerprint>,
}

/// A certificate's fingerprint (RFC 8122).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CertificateFingerprint {
    /// The hash function, such as `sha-256`.
    pub algorithm: String,
    /// Hexadecimal bytes with colons between them.
    pub value: String,
}

impl TransportInfo {
    pub(super) fn ice_credentials(&self) -> IceCreds {
        self.ice_parameters.credentials()
    }

    /// Where the server listens for this protocol.
    pub fn address(&self, protocol: Protocol) -> Option<SocketAddr> {
        let candidate = self.ice_candidates.iter().find(|candidate| candidate.protocol == protocol.name())?;
        Some(SocketAddr::new(candidate.address.parse().ok()?, candidate.port))
    }

    pub(super) fn sha256(&self) -> Option<Fingerprint> {
        let mut fingerprints = self.dtls_parameters.fingerprints.iter();
        let sha256 = fingerprints.find(|fingerprint| fingerprint.algorithm == "sha-256")?;
        format!("sha-256 {}", sha256.value).parse().ok()
    }
}
