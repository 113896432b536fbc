//! What clients find a path through: STUN and TURN servers that are the same for everybody, and TURN servers that share
//! a secret with this one, for which everybody gets credentials of their own that expire. Depends on the signaling
//! vocabulary only.

use crate::protocol::IceServer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// TURN servers that share a secret with this one, as coturn does with `use-auth-secret`.
#[derive(Clone)]
pub struct SharedSecretTurn {
    /// At least one `turn:` or `turns:` URL.
    pub urls: Vec<String>,
    /// The secret.
    pub secret: String,
    /// How long credentials hold.
    pub ttl: Duration,
}

impl fmt::Debug for SharedSecretTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSecretTurn").field("urls", &self.urls).field("ttl", &self.ttl).finish_non_exhaustive()
    }
}

/// The servers that clients are told. Cheap to clone.
#[derive(Debug, Clone)]
pub struct IceServers {
    /// The same for everybody.
    fixed: Arc<[IceServer]>,
    turn: Option<Arc<SharedSecretTurn>>,
}

impl IceServers {
    /// Both kinds may be missing.
    pub fn new(fixed: Vec<IceServer>, turn: Option<SharedSecretTurn>) -> Self {
        Self { fixed: fixed.into(), turn: turn.map(Arc::new) }
    }

    /// What one client is told at that moment. TURN servers log its name and show it to whoever reads along: it should
    /// mean something to nobody but this server's operator.
    pub fn of(&self, name: &str, now: SystemTime) -> Arc<[IceServer]> {
        match &self.turn {
            Some(turn) => self.fixed.iter().cloned().chain([turn.server(name, now)]).collect(),
            None => Arc::clone(&self.fixed),
        }
    }

    /// How long what a client is told can be used; none: as long as it likes.
    pub fn ttl(&self) -> Option<Duration> {
        self.turn.as_ref().map(|turn| turn.ttl)
    }
}

impl SharedSecretTurn {
    /// "A REST API for Access to TURN Services": the user name says until when it holds, and its keyed hash is the
    /// password.
    fn server(&self, name: &str, now: SystemTime) -> IceServer {
        let expiry = now.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_add(self.ttl).as_secs();
        let username = format!("{expiry}:{name}");
        let credential = STANDARD.encode(self.keyed_hash(&username));
        IceServer { urls: self.urls.clone(), username: Some(username), credential: Some(credential) }
    }

    fn keyed_hash(&self, text: &str) -> impl AsRef<[u8]> + use<> {
        let hash = Hmac::<Sha1>::new_from_slice(self.secret.as_bytes()).expect("HMAC takes keys of any length");
        hash.chain_update(text).finalize().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stun() -> IceServer {
        IceServer { urls: vec!["stun:stun.example".to_owned()], username: None, credential: None }
    }

    fn turn() -> SharedSecretTurn {
        let urls = vec!["turn:turn.example".to_owned(), "turns:turn.example?transport=tcp".to_owned()];
        SharedSecretTurn { urls, secret: "north".to_owned(), ttl: Duration::from_secs(3600) }
    }

    #[test]
    fn a_credential_names_its_end_and_proves_the_secret() {
        let servers = IceServers::new(vec![stun()], Some(turn()));
        let told = servers.of("anna", UNIX_EPOCH + Duration::from_millis(1_700_000_000_900));
        assert_eq!((told.len(), &told[0], servers.ttl()), (2, &stun(), Some(Duration::from_secs(3600))));
        assert_eq!(told[1].urls, turn().urls);
        assert_eq!(told[1].username.as_deref(), Some("1700003600:anna"));
        // printf 1700003600:anna | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(told[1].credential.as_deref(), Some("+MLxLOEoYnWwCOD+2dzOXWFtASg="));
    }

    #[test]
    fn without_a_shared_secret_everybody_is_told_the_same() {
        for fixed in [vec![], vec![stun()]] {
            let servers = IceServers::new(fixed.clone(), None);
            assert_eq!((&*servers.of("anna", SystemTime::now()), servers.ttl()), (&*fixed, None));
        }
    }

    #[test]
    fn the_log_has_no_secret() {
        let servers = IceServers::new(Vec::new(), Some(turn()));
        let credential = servers.of("anna", UNIX_EPOCH)[0].credential.clone().expect("is there");
        let shown = format!("{servers:?} {:?}", servers.of("anna", UNIX_EPOCH));
        assert!(!shown.contains("north") && !shown.contains(&credential), "{shown}");
    }
}
