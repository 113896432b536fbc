//! Signatures of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, in base64 behind `v1,`; several, separated by
//! spaces, while a secret is changed for another.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret: fewer are guessed too soon, more add nothing to the hash.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What one endpoint and this server know.
#[derive(Clone)]
pub struct SigningSecret(hmac::Key);

impl SigningSecret {
    /// Reads `whsec_` and the base64 of 24 to 64 bytes; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        BYTES.contains(&bytes.len()).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    fn sign(&self, id: &str, timestamp: u64, body: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [id, ".", &timestamp.to_string(), ".", body] {
            context.update(part.as_bytes());
        }
        context.sign()
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret")
    }
}

/// Signs for one endpoint, with the secret in force and, while it is changed, the one before.
#[derive(Debug, Clone, Default)]
pub struct Signer {
    secrets: Vec<SigningSecret>,
}

impl Signer {
    /// With these; none: nothing is signed.
    pub fn new(secrets: impl IntoIterator<Item = SigningSecret>) -> Self {
        Self { secrets: secrets.into_iter().collect() }
    }

    /// The value of `webhook-signature`; none without a secret. `timestamp` is that of `webhook-timestamp`, in seconds
    /// since 1970.
    pub fn sign(&self, id: &str, timestamp: u64, body: &str) -> Option<String> {
        let signature = |secret: &SigningSecret| format!("v1,{}", STANDARD.encode(secret.sign(id, timestamp, body)));
        let signatures: Vec<_> = self.secrets.iter().map(signature).collect();
        (!signatures.is_empty()).then(|| signatures.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    const OTHER: &str = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0";

    fn signer(secrets: &[&str]) -> Signer {
        Signer::new(secrets.iter().map(|text| SigningSecret::parse(text).expect("a secret")))
    }

    /// As a receiver does it, in constant time.
    fn verifies(secret: &str, id: &str, timestamp: u64, body: &str, header: &str) -> bool {
        let SigningSecret(key) = SigningSecret::parse(secret).expect("a secret");
        let signed = format!("{id}.{timestamp}.{body}");
        header
            .split(' ')
            .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
            .any(|tag| hmac::verify(&key, signed.as_bytes(), &tag).is_ok())
    }

    #[test]
    fn a_signature_is_that_of_other_implementations() {
        // printf 'msg_1.1700000000.{"type":"call.started"}' |
        //   openssl dgst -sha256 -mac hmac -macopt hexkey:000102…17 -binary | base64
        let signature = signer(&[SECRET]).sign("msg_1", 1_700_000_000, r#"{"type":"call.started"}"#);
        assert_eq!(signature.as_deref(), Some("v1,DF+kDK8SlPXuf8j9zmVSr5B1IiShR6b4cN//h4ZX0rI="));
    }

    #[test]
    fn it_holds_for_the_id_the_time_and_the_body_alone() {
        let header = signer(&[SECRET]).sign("msg_1", 17, "{}").expect("signed");
        assert!(verifies(SECRET, "msg_1", 17, "{}", &header));
        for (id, timestamp, body) in [("msg_2", 17, "{}"), ("msg_1", 18, "{}"), ("msg_1", 17, "{ }")] {
            assert!(!verifies(SECRET, id, timestamp, body, &header), "{id} {timestamp} {body}");
        }
        assert!(!verifies(OTHER, "msg_1", 17, "{}", &header));
    }

    #[test]
    fn while_a_secret_is_changed_both_hold() {
        let header = signer(&[SECRET, OTHER]).sign("msg_1", 17, "{}").expect("signed");
        assert_eq!(header.split(' ').count(), 2);
        assert!(verifies(SECRET, "msg_1", 17, "{}", &header) && verifies(OTHER, "msg_1", 17, "{}", &header));
        assert_eq!(signer(&[]).sign("msg_1", 17, "{}"), None);
    }

    #[test]
    fn a_secret_has_its_form_and_is_never_shown() {
        let (short, long) = (format!("{PREFIX}{}", STANDARD.encode([0; 23])), STANDARD.encode([0; 65]));
        for text in ["", PREFIX, &SECRET[PREFIX.len()..], "whsec_***", &short, &format!("{PREFIX}{long}")] {
            assert!(SigningSecret::parse(text).is_none(), "{text}");
        }
        assert_eq!(format!("{:?}", signer(&[SECRET])), "Signer { secrets: [SigningSecret] }");
    }
}
