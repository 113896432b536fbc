//! Tokens that were taken back before their time.

use crate::protocol::TokenId;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// How many are remembered at once.
const MOST: usize = 1_000_000;

/// A token that is no longer good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Its `jti`.
    pub token_id: TokenId,
    /// When it need not be remembered any more: no such token lasts longer.
    pub expires_at: SystemTime,
}

/// The store did not do what it was asked; it has said why in its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("revocations cannot be kept just now")]
pub struct StoreAway;

/// Where revocations outlive the process. It forgets by itself what has expired.
pub trait RevocationStore: Send + Sync {
    /// All that have not expired.
    fn load(&self) -> BoxFuture<'_, Result<Vec<Revocation>, StoreAway>>;

    /// Keeps one; the same again is none more.
    fn keep<'a>(&'a self, revocation: &'a Revocation) -> BoxFuture<'a, Result<(), StoreAway>>;
}

/// All that are remembered.
#[derive(Default)]
pub(super) struct Revocations {
    known: Mutex<HashMap<TokenId, SystemTime>>,
    store: Option<Arc<dyn RevocationStore>>,
}

impl Revocations {
    /// None known yet.
    pub fn new(store: Option<Arc<dyn RevocationStore>>) -> Self {
        Self { known: Mutex::default(), store }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<TokenId, SystemTime>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn has(&self, token_id: &TokenId) -> bool {
        self.known().contains_key(token_id)
    }

    /// Remembers it at once; true if that outlives the process where it should.
    pub async fn add(&self, revocation: Revocation) -> Result<(), StoreAway> {
        if !self.remember(&revocation) {
            return Err(StoreAway);
        }
        match &self.store {
            Some(store) => store.keep(&revocation).await,
            None => Ok(()),
        }
    }

    /// False if there are too many.
    fn remember(&self, revocation: &Revocation) -> bool {
        let mut known = self.known();
        let fits = known.len() < MOST || known.contains_key(&revocation.token_id);
        if fits {
            known.insert(revocation.token_id.clone(), revocation.expires_at);
        }
        fits
    }

    /// Asks the store for those that it has, and gives those that were not known here.
    pub async fn refresh(&self) -> Result<Vec<TokenId>, StoreAway> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let kept = store.load().await?;
        let new = kept.into_iter().filter(|revocation| !self.has(&revocation.token_id) && self.remember(revocation));
        Ok(new.map(|revocation| revocation.token_id).collect())
    }

    /// Forgets those that have expired.
    pub fn forget(&self, now: SystemTime) {
        let mut known = self.known();
        known.retain(|_, expires_at| *expires_at > now);
        known.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Keeps what it is given, unless it is away.
    #[derive(Default)]
    struct Store {
        kept: Mutex<Vec<Revocation>>,
        away: bool,
    }

    impl RevocationStore for Store {
        fn load(&self) -> BoxFuture<'_, Result<Vec<Revocation>, StoreAway>> {
            Box::pin(async { Ok(self.kept.lock().expect("whole").clone()) })
        }

        fn keep<'a>(&'a self, revocation: &'a Revocation) -> BoxFuture<'a, Result<(), StoreAway>> {
            Box::pin(async {
                self.kept.lock().expect("whole").push(revocation.clone());
                if self.away { Err(StoreAway) } else { Ok(()) }
            })
        }
    }

    fn revocation(id: &str, expires_at: SystemTime) -> Revocation {
        Revocation { token_id: TokenId::new(id), expires_at }
    }

    #[tokio::test]
    async fn one_is_remembered_until_its_token_would_have_expired() {
        let (revocations, now) = (Revocations::new(None), SystemTime::now());
        revocations.add(revocation("a", now + Duration::from_secs(10))).await.expect("remembered");
        revocations.forget(now + Duration::from_secs(9));
        assert!(revocations.has(&TokenId::new("a")) && !revocations.has(&TokenId::new("b")));
        revocations.forget(now + Duration::from_secs(10));
        assert!(!revocations.has(&TokenId::new("a")) && revocations.known().capacity() == 0);
    }

    #[tokio::test]
    async fn what_the_store_keeps_is_known_after_a_restart_and_told_once() {
        let store = Arc::new(Store::default());
        let until = SystemTime::now() + Duration::from_secs(10);
        Revocations::new(Some(store.clone())).add(revocation("a", until)).await.expect("kept");
        let again = Revocations::new(Some(store));
        assert!(!again.has(&TokenId::new("a")));
        assert_eq!(again.refresh().await, Ok(vec![TokenId::new("a")]));
        assert!(again.has(&TokenId::new("a")));
        assert_eq!(again.refresh().await, Ok(Vec::new()));
    }

    #[tokio::test]
    async fn it_counts_here_also_while_the_store_is_away() {
        let revocations = Revocations::new(Some(Arc::new(Store { away: true, ..Store::default() })));
        assert_eq!(revocations.add(revocation("a", SystemTime::now())).await, Err(StoreAway));
        assert!(revocations.has(&TokenId::new("a")));
    }
}
