//! From what somebody shows to who it is, and back.

use super::api_keys::{ApiKey, ApiKeySettings, ApiKeys};
use super::audit::{Deed, OnDeed};
use super::claims::Claims;
use super::issue::{self, IssueError, Issued, Order, Terms};
use super::issuers::{Issuer, IssuerSettings};
use super::jwk::{Jwks, PublicKeys};
use super::keys::{KeyError, KeyRing, NoKeys};
use super::refusal::{Flaw, Refusal};
use super::revocations::{Revocation, RevocationStore, Revocations, StoreAway};
use super::verify::{Demand, Label, label, verify};
use crate::limits::OnLimit;
use crate::protocol::{CallId, CallPattern, Caller, Role, Roles, TokenId, UserId};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// Between two looks at what can be forgotten, and at revocations that others have stored.
const WATCH: Duration = Duration::from_secs(10);

/// What somebody shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// Nothing.
    None,
    /// A token.
    Bearer(&'a str),
    /// `id:secret` of an API key, in base64 (RFC 7617).
    Basic(&'a str),
}

impl<'a> Credentials<'a> {
    /// Reads the value of an `Authorization` header; none if it is of no scheme that is known here.
    pub fn of_header(value: &'a str) -> Option<Self> {
        // The scheme's case does not matter (RFC 9110).
        let (scheme, rest) = value.trim().split_once(' ')?;
        let rest = rest.trim_start();
        match scheme {
            _ if scheme.eq_ignore_ascii_case("bearer") => Some(Self::Bearer(rest)),
            _ if scheme.eq_ignore_ascii_case("basic") => Some(Self::Basic(rest)),
            _ => None,
        }
    }
}

/// What holds for everybody.
#[derive(Clone)]
pub struct GateSettings {
    /// Whether something has to be shown.
    pub required: bool,
    /// What those are who show nothing, where nothing is needed.
    pub anonymous_role: Role,
    /// What each role may do.
    pub roles: Roles,
    /// The keys of our own: a PEM file or a folder of them; none: there are none.
    pub keys: Option<PathBuf>,
    /// What to do where that holds none.
    pub no_keys: NoKeys,
    /// `iss` of our own tokens.
    pub issuer: String,
    /// `aud` of our own tokens.
    pub audience: String,
    /// How long a token is good, if nothing else is asked for.
    pub token_ttl: Duration,
    /// How long at most.
    pub max_token_ttl: Duration,
    /// By which clocks may differ.
    pub leeway: Duration,
    /// Of each API key and of each address.
    pub token_requests_per_minute: u32,
    /// Backends.
    pub api_keys: Vec<ApiKeySettings>,
    /// Whose tokens are good here, too.
    pub issuers: Vec<IssuerSettings>,
    /// Between two looks for an issuer's key that is not known.
    pub jwks_refresh: Duration,
}

/// Hears of tokens that are good no more.
pub type OnRevoked = Arc<dyn Fn(&[TokenId]) + Send + Sync>;

/// Who hears of what happens here.
#[derive(Clone)]
pub struct GateListeners {
    /// Where revocations outlive the process; none: nowhere.
    pub store: Option<Arc<dyn RevocationStore>>,
    /// Of what is too much.
    pub on_limit: OnLimit,
    /// Of tokens that are good no more: who came in by one has to go.
    pub on_revoked: OnRevoked,
    /// Of tokens made and taken back.
    pub on_deed: OnDeed,
}

/// Tells who asks. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    required: bool,
    anonymous_role: Role,
    roles: Roles,
    keys: KeyRing,
    terms: Terms,
    leeway: Duration,
    api_keys: ApiKeys,
    issuers: Vec<Issuer>,
    revocations: Revocations,
    on_revoked: OnRevoked,
    on_deed: OnDeed,
}

impl Gate {
    /// By these settings, with the revocations that the store keeps.
    ///
    /// # Errors
    /// There are no keys where some are needed, or they cannot be read.
    pub fn new(settings: GateSettings, listeners: GateListeners) -> Result<Self, KeyError> {
        let GateListeners { store, on_limit, on_revoked, on_deed } = listeners;
        let GateSettings { required, anonymous_role, roles, issuer, audience, leeway, .. } = settings;
        let keys = settings.keys.map(|path| KeyRing::load(&path, settings.no_keys)).transpose()?.unwrap_or_default();
        let issuers = settings.issuers.into_iter().map(|issuer| Issuer::new(issuer, settings.jwks_refresh)).collect();
        Ok(Self(Arc::new(Inner {
            required,
            anonymous_role,
            roles,
            keys,
            terms: Terms { issuer, audience, ttl: settings.token_ttl, max_ttl: settings.max_token_ttl },
            leeway,
            api_keys: ApiKeys::new(settings.api_keys, settings.token_requests_per_minute, on_limit),
            issuers,
            revocations: Revocations::new(store),
            on_revoked,
            on_deed,
        })))
    }

    /// Whether something has to be shown.
    pub fn is_required(&self) -> bool {
        self.0.required
    }

    /// What each role may do.
    pub fn roles(&self) -> &Roles {
        &self.0.roles
    }

    /// The public keys of our own.
    pub fn jwks(&self) -> &Jwks {
        &self.0.keys.jwks
    }

    /// Who shows this.
    ///
    /// # Errors
    /// Nothing is shown where something is needed, or it is not good: that is never taken for nothing.
    pub async fn caller(&self, credentials: Credentials<'_>, address: Option<IpAddr>) -> Result<Caller, Refusal> {
        match credentials {
            Credentials::None if self.0.required => Err(Refusal::Missing),
            Credentials::None => Ok(Caller::anonymous(self.0.anonymous_role, address)),
            Credentials::Bearer(token) => self.bearer(token, address).await.map_err(|flaw| {
                tracing::debug!(flaw = ?flaw, "a token is refused: {flaw}");
                flaw.into()
            }),
            Credentials::Basic(shown) => {
                let key = self.0.api_keys.find(shown, address).await?;
                Ok(of_key(&key, address))
            }
        }
    }

    /// The API key that is shown.
    ///
    /// # Errors
    /// It is none, or its secret is another.
    pub async fn api_key(&self, credentials: Credentials<'_>, address: Option<IpAddr>) -> Result<Arc<ApiKey>, Refusal> {
        match credentials {
            Credentials::Basic(shown) => self.0.api_keys.find(shown, address).await,
            Credentials::None | Credentials::Bearer(_) => Err(Refusal::Key),
        }
    }

    /// Who shows that token.
    pub(super) async fn bearer(&self, token: &str, address: Option<IpAddr>) -> Result<Caller, Flaw> {
        let Inner { terms, keys, leeway, issuers, .. } = &*self.0;
        let label = label(token)?;
        let (claims, role) = if label.issuer == terms.issuer {
            let (issuer, audience, leeway) = (&*terms.issuer, &*terms.audience, *leeway);
            let demand = Demand { issuer, audience, leeway, own: true };
            // Ours always say which, so that one that is not there is never taken for another.
            let label = Label { kid: Some(label.kid.unwrap_or_default()), ..label };
            (by_key(token, &keys.public, &label, &demand)?, Role::Participant)
        } else {
            let issuer = issuers.iter().find(|issuer| issuer.settings.issuer == label.issuer).ok_or(Flaw::Issuer)?;
            let keys = issuer.keys(label.kid.as_deref()).await.ok_or(Flaw::NoKeys)?;
            let (name, audience) = (&*issuer.settings.issuer, &*issuer.settings.audience);
            let demand = Demand { issuer: name, audience, leeway: *leeway, own: false };
            (by_key(token, &keys, &label, &demand)?, issuer.settings.role)
        };
        let caller = of_token(token, claims, role, address);
        match &caller.token_id {
            Some(token_id) if self.0.revocations.has(token_id) => Err(Flaw::Revoked),
            _ => Ok(caller),
        }
    }

    /// Makes a token for who has an API key, and counts it.
    ///
    /// # Errors
    /// The key may not have such a token made, or not so often.
    pub fn issue_to(
        &self,
        key: &ApiKey,
        order: &Order,
        address: Option<IpAddr>,
    ) -> Result<Result<Issued, IssueError>, Refusal> {
        self.0.api_keys.count(key, address)?;
        let allowed = issue::within(key, order, &self.0.roles);
        Ok(allowed.and_then(|()| self.issue(order, key.id.as_str(), address)))
    }

    /// Makes a token; `actor` is who wants it, for the books.
    ///
    /// # Errors
    /// It would be good for no time or for too long, or there is no key to sign with.
    pub fn issue(&self, order: &Order, actor: &str, address: Option<IpAddr>) -> Result<Issued, IssueError> {
        let issued = self.0.terms.issue(order, &self.0.keys, SystemTime::now())?;
        let made_for = Some((order.user_id.clone(), order.calls.clone(), order.role));
        self.record("token.issue", actor, &issued.token_id, made_for, address);
        Ok(issued)
    }

    /// Takes a token back: it opens nothing any more, and who is inside by it hears so.
    ///
    /// # Errors
    /// It counts here, but may count again after a restart.
    pub async fn revoke(&self, token_id: &TokenId, actor: &str, address: Option<IpAddr>) -> Result<(), StoreAway> {
        let expires_at = SystemTime::now() + self.0.terms.max_ttl + self.0.leeway;
        let kept = self.0.revocations.add(Revocation { token_id: token_id.clone(), expires_at }).await;
        (self.0.on_revoked)(std::slice::from_ref(token_id));
        self.record("token.revoke", actor, token_id, None, address);
        kept
    }

    fn record(
        &self,
        action: &'static str,
        actor: &str,
        token_id: &TokenId,
        made_for: Option<(UserId, CallId, Role)>,
        address: Option<IpAddr>,
    ) {
        let (at, actor, token_id) = (SystemTime::now(), actor.to_owned(), token_id.clone());
        let deed = Deed { at, actor, action, token_id, made_for, address };
        deed.log();
        (self.0.on_deed)(deed);
    }

    /// Reads what others have revoked, or this server before it began: to be waited for before anybody is let in.
    pub async fn refresh(&self) {
        match self.0.revocations.refresh().await {
            Ok(new) if !new.is_empty() => (self.0.on_revoked)(&new),
            Ok(_) => {}
            Err(error) => tracing::warn!("{error}"),
        }
    }

    /// Looks after keys of others, after what can be forgotten, and after what other servers have revoked.
    pub async fn watch(self, stop: CancellationToken) {
        let issuers = join_all(self.0.issuers.iter().map(|issuer| issuer.watch(&stop)));
        let looks = async {
            let mut looks = tokio::time::interval(WATCH);
            while stop.run_until_cancelled(looks.tick()).await.is_some() {
                self.0.api_keys.forget();
                self.0.revocations.forget(SystemTime::now());
                stop.run_until_cancelled(self.refresh()).await;
            }
        };
        tokio::join!(issuers, looks);
    }
}

fn by_key(token: &str, keys: &PublicKeys, label: &Label, demand: &Demand<'_>) -> Result<Claims, Flaw> {
    let key = keys.find(label.kid.as_deref()).ok_or(Flaw::Key)?;
    verify(token, key, demand, SystemTime::now())
}

fn of_token(token: &str, claims: Claims, role: Role, address: Option<IpAddr>) -> Caller {
    let expires_at = claims.expires_at();
    Caller {
        role: claims.role.unwrap_or(role),
        calls: claims.call_id.map_or_else(CallPattern::any, |call_id| CallPattern::new(call_id.as_str())),
        user_id: Some(claims.sub),
        display_name: claims.name,
        permissions: claims.permissions,
        expires_at,
        token_id: Some(claims.jti.unwrap_or_else(|| stand_in(token))),
        operator: false,
        address,
    }
}

/// Names a token of somebody else's that has no name: by what its signature covers.
fn stand_in(token: &str) -> TokenId {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    TokenId::new(&URL_SAFE_NO_PAD.encode(digest(&SHA256, signed.as_bytes())))
}

/// A key whose tokens may make a host of somebody acts upon everybody; any other as its most.
fn of_key(key: &ApiKey, address: Option<IpAddr>) -> Caller {
    let id: &UserId = &key.id;
    Caller {
        user_id: Some(id.clone()),
        calls: key.calls.clone(),
        operator: key.max_role == Role::Host,
        ..Caller::anonymous(key.max_role, address)
    }
}
