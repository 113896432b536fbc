//! The server's side of a transport, as `createTransport` answers it.

use super::error::RtcError;
use serde::Deserialize;
use serde_json::Value;
use std::net::SocketAddr;
use str0m::config::Fingerprint;
use str0m::ice::IceCreds;

/// What is needed to reach a transport.
pub(super) struct Remote {
    pub credentials: IceCreds,
    pub address: SocketAddr,
    pub fingerprint: Fingerprint,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transport {
    ice_parameters: IceParameters,
    ice_candidates: Vec<IceCandidate>,
    dtls_parameters: DtlsParameters,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IceParameters {
    username_fragment: String,
    password: String,
}

#[derive(Deserialize)]
struct IceCandidate {
    address: String,
    port: u16,
    protocol: String,
}

#[derive(Deserialize)]
struct DtlsParameters {
    fingerprints: Vec<CertificateFingerprint>,
}

#[derive(Deserialize)]
struct CertificateFingerprint {
    algorithm: String,
    value: String,
}

impl Remote {
    /// Reads the answer of `createTransport`; further fields of it are of no concern.
    pub fn read(answer: &Value) -> Result<Self, RtcError> {
        let wrong = |why: String| RtcError::Parameters { what: "transport", why };
        let Transport { ice_parameters, ice_candidates, dtls_parameters } =
            Transport::deserialize(answer).map_err(|error| wrong(error.to_string()))?;
        let candidate = ice_candidates.iter().find(|candidate| candidate.protocol == "udp");
        let candidate = candidate.ok_or_else(|| wrong("no candidate for UDP".into()))?;
        let address = candidate.address.parse().map_err(|_| wrong(format!("address {}", candidate.address)))?;
        let mut fingerprints = dtls_parameters.fingerprints.iter();
        let sha256 = fingerprints.find(|fingerprint| fingerprint.algorithm == "sha-256");
        let sha256 = sha256.ok_or_else(|| wrong("no sha-256 fingerprint".into()))?;
        let fingerprint = format!("sha-256 {}", sha256.value).parse().map_err(wrong)?;
        let IceParameters { username_fragment: ufrag, password: pass } = ice_parameters;
        Ok(Self {
            credentials: IceCreds { ufrag, pass },
            address: SocketAddr::new(address, candidate.port),
            fingerprint,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer() -> Value {
        json!({
            "id": "t",
            "iceParameters": { "usernameFragment": "u", "password": "p", "iceLite": true },
            "iceCandidates": [
                { "address": "127.0.0.1", "port": 1, "protocol": "tcp" },
                { "address": "127.0.0.1", "port": 2, "protocol": "udp" },
            ],
            "dtlsParameters": { "role": "auto", "fingerprints": [{ "algorithm": "sha-256", "value": "0A:0B" }] },
        })
    }

    #[test]
    fn the_udp_candidate_is_taken() {
        let remote = Remote::read(&answer()).expect("is in order");
        assert_eq!(remote.address, SocketAddr::from(([127, 0, 0, 1], 2)));
        assert_eq!(remote.fingerprint.bytes, [10, 11]);
    }

    #[test]
    fn without_it_there_is_nothing_to_reach() {
        let mut answer = answer();
        answer["iceCandidates"].as_array_mut().expect("is a list").pop();
        assert!(matches!(Remote::read(&answer), Err(RtcError::Parameters { what: "transport", .. })));
    }
}
