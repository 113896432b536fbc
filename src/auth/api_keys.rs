//! API keys: how an application's backend shows who it is. Only hashes of their secrets are here.

use super::refusal::Refusal;
use crate::limits::{ClientAddress, Limit, OnLimit, Pace, Paces, Rate};
use crate::protocol::{CallPattern, Role, UserId};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Secrets that are hashed at once: each takes a core and some 20 MB for a while.
const AT_ONCE: usize = 2;
/// How long a check may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of `id:secret` in base64 at most.
const LONGEST: usize = 1024;

/// One key, as it is configured.
#[derive(Clone)]
pub struct ApiKeySettings {
    /// Its name, which is no secret.
    pub id: UserId,
    /// Of its secret: argon2id as a PHC string.
    pub secret_hash: String,
    /// Whether it is good no more.
    pub revoked: bool,
    /// The calls that it acts upon and has tokens for.
    pub calls: CallPattern,
    /// What its tokens make of somebody at most.
    pub max_role: Role,
}

/// A key that was shown with its secret.
#[derive(Debug)]
pub struct ApiKey {
    /// Its name.
    pub id: UserId,
    /// The calls that it acts upon and has tokens for.
    pub calls: CallPattern,
    /// What its tokens make of somebody at most.
    pub max_role: Role,
    /// Of its tokens.
    pace: Pace,
}

struct Known {
    key: Arc<ApiKey>,
    secret_hash: Arc<str>,
    revoked: bool,
}

/// A new secret.
pub struct ApiSecret {
    /// For the backend, and nobody else.
    pub secret: String,
    /// For the configuration.
    pub hash: String,
}

/// The system gives no random numbers, or no memory to hash with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no secret can be made on this machine just now")]
pub struct NoSecret;

impl ApiSecret {
    /// Makes one that nobody guesses.
    ///
    /// # Errors
    /// The machine cannot.
    pub fn make() -> Result<Self, NoSecret> {
        let secret = random::<32>()?;
        let hash = Argon2::default().hash_password(secret.as_bytes()).map_err(|_| NoSecret)?.to_string();
        Ok(Self { secret, hash })
    }

    /// A name for a key, that no other has.
    ///
    /// # Errors
    /// The machine cannot.
    pub fn random_id() -> Result<String, NoSecret> {
        random::<6>().map(|id| format!("key-{id}"))
    }
}

fn random<const BYTES: usize>() -> Result<String, NoSecret> {
    let mut bytes = [0; BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoSecret)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// All keys.
pub(super) struct ApiKeys {
    known: HashMap<String, Known>,
    /// Of each key the secret that was found right, under a hash whose key no other process has: argon2 once is enough.
    right: Mutex<HashMap<String, hmac::Tag>>,
    quick: hmac::Key,
    turns: Semaphore,
    /// Of secrets to hash, and of tokens asked for.
    paces: Paces,
    on_limit: OnLimit,
}

impl ApiKeys {
    /// These; each, and each address, may ask for so many tokens a minute.
    pub fn new(settings: Vec<ApiKeySettings>, requests_per_minute: u32, on_limit: OnLimit) -> Self {
        let rate = Rate::per_minute(requests_per_minute);
        let known = settings.into_iter().map(|settings| {
            let ApiKeySettings { id, secret_hash, revoked, calls, max_role } = settings;
            let key = ApiKey { id: id.clone(), calls, max_role, pace: Pace::new(rate) };
            (id.as_str().to_owned(), Known { key: Arc::new(key), secret_hash: secret_hash.into(), revoked })
        });
        let mut random = [0; 32];
        // The system's generator does not fail once it runs; if it did, nothing worse than a slower check came of it.
        let seeded = aws_lc_rs::rand::fill(&mut random).is_ok();
        debug_assert!(seeded);
        Self {
            known: known.collect(),
            right: Mutex::default(),
            quick: hmac::Key::new(hmac::HMAC_SHA256, &random),
            turns: Semaphore::new(AT_ONCE),
            paces: Paces::new(rate),
            on_limit,
        }
    }

    /// The key whose `id:secret`, in base64, this is.
    pub async fn find(&self, shown: &str, address: Option<IpAddr>) -> Result<Arc<ApiKey>, Refusal> {
        let text = Some(shown).filter(|shown| shown.len() <= LONGEST).and_then(|shown| STANDARD.decode(shown).ok());
        let text = text.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(Refusal::Key)?;
        let (id, secret) = text.split_once(':').ok_or(Refusal::Key)?;
        let known = self.known.get(id);
        if let Some(known) = known.filter(|known| !known.revoked && self.was_right(id, secret)) {
            return Ok(Arc::clone(&known.key));
        }
        // One that is not known takes as long as one whose secret is wrong, and tells nothing either.
        let Some(stand_in) = known.or_else(|| self.known.values().next()) else { return Err(Refusal::Key) };
        self.step(address)?;
        if !self.hashes_to(secret, Arc::clone(&stand_in.secret_hash)).await? {
            return Err(Refusal::Key);
        }
        let known = known.filter(|known| !known.revoked).ok_or(Refusal::Key)?;
        let tag = hmac::sign(&self.quick, secret.as_bytes());
        self.right.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), tag);
        Ok(Arc::clone(&known.key))
    }

    /// Counts a token that is asked for.
    pub fn count(&self, key: &ApiKey, address: Option<IpAddr>) -> Result<(), Refusal> {
        self.step(address)?;
        key.pace.step().map_err(|wait| self.too_many(wait))
    }

    /// Forgets addresses that have asked nothing for long.
    pub fn forget(&self) {
        self.paces.forget();
    }

    fn step(&self, address: Option<IpAddr>) -> Result<(), Refusal> {
        let address = ClientAddress::from(address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)));
        self.paces.step(address).map_err(|wait| self.too_many(wait))
    }

    fn too_many(&self, wait: Duration) -> Refusal {
        (self.on_limit)(Limit::TokenRequests);
        Refusal::TooMany(wait)
    }

    /// Compares in constant time.
    fn was_right(&self, id: &str, secret: &str) -> bool {
        let right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        right.get(id).is_some_and(|tag| hmac::verify(&self.quick, secret.as_bytes(), tag.as_ref()).is_ok())
    }

    /// Hashes off the runtime's threads, a few at once.
    async fn hashes_to(&self, secret: &str, hash: Arc<str>) -> Result<bool, Refusal> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        let _turn = turn.ok().and_then(Result::ok).ok_or(Refusal::Unavailable)?;
        let secret = secret.to_owned();
        let matches = move || {
            let hash = PasswordHash::new(&hash);
            hash.is_ok_and(|hash| Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok())
        };
        tokio::task::spawn_blocking(matches).await.map_err(|_| Refusal::Unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::Params;

    fn keys(requests_per_minute: u32) -> ApiKeys {
        let cheap = Argon2::from(Params::new(8, 1, 1, None).expect("parameters"));
        let key = |id: &str, secret: &str, revoked| ApiKeySettings {
            id: UserId::new(id).expect("an id"),
            secret_hash: cheap.hash_password(secret.as_bytes()).expect("a hash").to_string(),
            revoked,
            calls: CallPattern::any(),
            max_role: Role::Host,
        };
        let settings = vec![key("app", "right", false), key("old", "right", true)];
        ApiKeys::new(settings, requests_per_minute, Arc::new(|_| {}))
    }

    async fn find(keys: &ApiKeys, text: &str) -> Result<String, Refusal> {
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        keys.find(&STANDARD.encode(text), address).await.map(|key| key.id.to_string())
    }

    #[tokio::test]
    async fn only_the_right_secret_of_a_key_that_is_good_is_taken() {
        let keys = keys(100);
        for _first_and_again in 0..2 {
            assert_eq!(find(&keys, "app:right").await, Ok("app".to_owned()));
        }
        for wrong in ["app:wrong", "app:", "app", "old:right", "other:right", ":right", "APP:right", "app:right "] {
            assert_eq!(find(&keys, wrong).await, Err(Refusal::Key), "{wrong}");
        }
        let long = format!("app:{}", "x".repeat(LONGEST));
        assert_eq!(find(&keys, &long).await, Err(Refusal::Key));
        assert_eq!(keys.find("not base64!", None).await.err(), Some(Refusal::Key));
    }

    #[tokio::test]
    async fn who_guesses_is_slowed_down_and_who_knows_is_not() {
        let keys = keys(2);
        assert!(find(&keys, "app:right").await.is_ok());
        assert_eq!(find(&keys, "app:wrong").await, Err(Refusal::Key));
        assert!(matches!(find(&keys, "app:wrong").await, Err(Refusal::TooMany(_))));
        assert!(find(&keys, "app:right").await.is_ok(), "known from before: nothing to hash");
    }

    #[tokio::test]
    async fn a_key_has_so_many_tokens_a_minute_wherever_it_asks_from() {
        let keys = keys(2);
        let key = keys.find(&STANDARD.encode("app:right"), None).await.expect("right");
        let count = |last| keys.count(&key, Some(IpAddr::from([192, 0, 2, last])));
        assert_eq!([count(1), count(2)], [Ok(()), Ok(())]);
        assert!(matches!(count(3), Err(Refusal::TooMany(_))));
    }
}
