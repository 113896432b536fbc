//! DTLS parameters, read with care: mediasoup's own reader cuts a fingerprint's text every three bytes, which is a panic
//! inside a character of more than one.

use super::protocol::DtlsParameters;
use mediasoup_types::data_structures::{DtlsFingerprint, DtlsRole};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

#[derive(Deserialize)]
#[serde(rename = "DtlsParameters")]
struct Parameters {
    role: DtlsRole,
    fingerprints: Vec<Careful>,
}

struct Careful(DtlsFingerprint);

impl<'de> Deserialize<'de> for Careful {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Serialize, Deserialize)]
        struct Fingerprint {
            algorithm: String,
            value: String,
        }
        let fingerprint = Fingerprint::deserialize(deserializer)?;
        if !fingerprint.value.is_ascii() {
            return Err(D::Error::custom("value: expected bytes in hexadecimal with colons between them"));
        }
        let fingerprint = serde_json::to_value(fingerprint).and_then(serde_json::from_value);
        fingerprint.map(Self).map_err(D::Error::custom)
    }
}

/// What `DtlsParameters` reads, without its panic: for `deserialize_with`.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DtlsParameters, D::Error> {
    let Parameters { role, fingerprints } = Parameters::deserialize(deserializer)?;
    Ok(DtlsParameters {
        role,
        fingerprints: fingerprints.into_iter().map(|Careful(fingerprint)| fingerprint).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn parameters(value: &str) -> Value {
        json!({ "role": "client", "fingerprints": [{ "algorithm": "sha-256", "value": value }] })
    }

    #[test]
    fn what_is_good_is_read_as_before() {
        let good = parameters(&["A5"; 32].join(":"));
        let expected: DtlsParameters = serde_json::from_value(good.clone()).expect("good");
        assert_eq!(read(good).expect("good"), expected);
    }

    #[test]
    fn a_character_across_a_cut_is_refused() {
        // As long in bytes as a good one.
        let value = ["A5:A5\u{1bb}5", &[":A5"; 29].concat()].concat();
        assert_eq!(value.len(), 95);
        assert!(read(parameters(&value)).expect_err("refused").to_string().starts_with("value: expected bytes"));
    }
}
