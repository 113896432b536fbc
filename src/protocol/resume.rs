//! The token by which a peer is taken over on a new connection.

use crate::ids::PeerId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// Names a peer and proves that its holder may go on as that peer: `<peerId>.<secret>`, the secret being a random UUID
/// (122 random bits). It holds as long as the peer does.
#[derive(Clone, Copy)]
pub struct ResumeToken {
    peer: PeerId,
    secret: Uuid,
}

impl ResumeToken {
    /// A new token for a peer.
    pub fn random(peer: PeerId) -> Self {
        Self { peer, secret: Uuid::new_v4() }
    }

    /// Whose token it says it is.
    pub fn peer(&self) -> PeerId {
        self.peer
    }

    /// Whether both are the same token; takes the same time whatever differs in the secrets.
    pub fn matches(&self, other: &Self) -> bool {
        self.peer == other.peer && bool::from(self.secret.as_bytes().ct_eq(other.secret.as_bytes()))
    }

    fn parse(text: &str) -> Option<Self> {
        let (peer, secret) = text.split_once('.')?;
        Some(Self { peer: Uuid::try_parse(peer).ok()?.into(), secret: Uuid::try_parse(secret).ok()? })
    }
}

impl fmt::Debug for ResumeToken {
    /// Without the secret: a token in a log would be one that others can use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResumeToken({})", self.peer)
    }
}

impl Serialize for ResumeToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{}", self.peer, self.secret))
    }
}

impl<'de> Deserialize<'de> for ResumeToken {
    /// A string that is no token belongs to the nil peer, which no room has: the client hears that there is nothing to
    /// resume, as with any token that is not good (any more).
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Ok(Self::parse(&text).unwrap_or(Self { peer: Uuid::nil().into(), secret: Uuid::nil() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_text_and_matches_only_itself() {
        let token = ResumeToken::random(PeerId::random());
        let text = serde_json::to_string(&token).expect("encodes");
        let back: ResumeToken = serde_json::from_str(&text).expect("parses");
        assert!(back.matches(&token));
        assert!(!ResumeToken::random(token.peer()).matches(&token));
        assert!(!ResumeToken { peer: PeerId::random(), ..token }.matches(&token));
    }

    #[test]
    fn what_is_no_token_is_nobodys() {
        for text in [r#""""#, r#""x""#, r#""a.b""#] {
            let token: ResumeToken = serde_json::from_str(text).expect("is read");
            assert_eq!(Uuid::from(token.peer()), Uuid::nil());
        }
        assert!(serde_json::from_str::<ResumeToken>("5").is_err());
    }

    #[test]
    fn the_log_has_no_secret() {
        let token = ResumeToken::random(PeerId::random());
        assert!(!format!("{token:?}").contains(&token.secret.to_string()));
    }
}
