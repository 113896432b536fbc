//! From the configuration to the gate.

use crate::auth::{
    ApiKeySettings, Deed, Gate, GateListeners, GateSettings, IssuerSettings, KeyError, KeySource, NoKeys, Revocation,
    RevocationStore, StoreAway,
};
use crate::calls::{AuditRecord, Journal, RevokedToken, Store};
use crate::config::{ApiKey, Config, Environment, Issuer, RoleName};
use crate::limits::OnLimit;
use crate::protocol::{CallPattern, Role, TokenId, UserId};
use crate::signaling::Hub;
use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The gate by that configuration.
///
/// # Errors
/// There are no keys where some are needed, or they cannot be read.
pub(super) fn gate(config: &Config, listeners: GateListeners) -> Result<Gate, KeyError> {
    let (auth, environment) = (&config.auth, config.server.environment);
    let required = auth.is_required(environment);
    let settings = GateSettings {
        required,
        anonymous_role: role(auth.anonymous_role),
        roles: super::roles::roles(&config.roles),
        keys: auth.keys().map(ToOwned::to_owned),
        no_keys: match environment {
            Environment::Development => NoKeys::Make,
            Environment::Production if auth.api_keys.iter().all(|key| key.revoked) => NoKeys::Allow,
            Environment::Production => NoKeys::Refuse,
        },
        issuer: auth.issuer.clone(),
        audience: auth.audience.clone(),
        token_ttl: Duration::from_secs(auth.token_ttl_s),
        max_token_ttl: Duration::from_secs(auth.max_token_ttl_s),
        leeway: Duration::from_secs(auth.leeway_s),
        token_requests_per_minute: auth.token_requests_per_minute,
        api_keys: auth.api_keys.iter().filter_map(api_key).collect(),
        issuers: auth.issuers.iter().filter_map(issuer).collect(),
        jwks_refresh: Duration::from_secs(auth.jwks_refresh_s),
    };
    let gate = Gate::new(settings, listeners)?;
    if required && gate.jwks().keys.is_empty() && auth.issuers.is_empty() {
        tracing::warn!("tokens are needed (auth.required), and there is no key to make or verify any: nobody gets in");
    }
    Ok(gate)
}

/// The gate where nothing listens: to make tokens by.
///
/// # Errors
/// A key that cannot be read or made.
pub fn offline_gate(config: &Config) -> Result<Gate, KeyError> {
    let (on_limit, on_revoked) = (Arc::new(|_| {}), Arc::new(|_: &[TokenId]| {}));
    gate(config, GateListeners { store: None, on_limit, on_revoked, on_deed: Arc::new(|_| {}) })
}

/// Revocations go to the store, deeds into the journal, and who came in by a revoked token goes.
pub(super) fn listeners(store: &Store, journal: &Journal, hub: &Hub, on_limit: OnLimit) -> GateListeners {
    let (journal, told) = (journal.clone(), hub.clone());
    GateListeners {
        store: Some(Arc::new(store.clone())),
        on_limit,
        on_revoked: Arc::new(move |revoked| {
            let revoked = revoked.to_vec();
            told.revoke(move |caller| caller.token_id.as_ref().is_some_and(|token_id| revoked.contains(token_id)));
        }),
        on_deed: Arc::new(move |deed| journal.audit(record(deed))),
    }
}

fn record(deed: Deed) -> AuditRecord {
    let Deed { at, actor, action, token_id, made_for, address } = deed;
    let (user, calls, role) = made_for.map_or((None, None, None), |(user, calls, role)| {
        (Some(user.as_str().to_owned()), Some(calls.as_str().to_owned()), Some(role))
    });
    AuditRecord {
        id: Uuid::new_v4(),
        at,
        actor: Some(actor),
        action: action.to_owned(),
        call_id: calls,
        target: Some(token_id.as_str().to_owned()),
        details: if role.is_some() { json!({ "userId": user, "role": role }) } else { json!({}) },
        client_ip: address,
    }
}

fn role(name: RoleName) -> Role {
    match name {
        RoleName::Viewer => Role::Viewer,
        RoleName::Participant => Role::Participant,
        RoleName::Moderator => Role::Moderator,
        RoleName::Host => Role::Host,
    }
}

/// None is what the configuration's own check would not have let through.
fn api_key(key: &ApiKey) -> Option<ApiKeySettings> {
    Some(ApiKeySettings {
        id: UserId::new(&key.id).ok()?,
        secret_hash: key.secret_hash.expose().to_owned(),
        revoked: key.revoked,
        calls: CallPattern::new(&key.calls),
        max_role: role(key.max_role),
    })
}

/// The same.
fn issuer(issuer: &Issuer) -> Option<IssuerSettings> {
    let source = match issuer.jwks_file.as_str() {
        "" => KeySource::Url(issuer.jwks_url.parse().ok()?),
        path => KeySource::File(path.into()),
    };
    let Issuer { issuer, audience, role: name, .. } = issuer;
    Some(IssuerSettings { issuer: issuer.clone(), audience: audience.clone(), source, role: role(*name) })
}

impl RevocationStore for Store {
    fn load(&self) -> BoxFuture<'_, Result<Vec<Revocation>, StoreAway>> {
        async {
            let kept = self.revoked_tokens().await.map_err(|_| StoreAway)?;
            let revocation = |RevokedToken { token_id, expires_at }| Revocation { token_id, expires_at };
            Ok(kept.into_iter().map(revocation).collect())
        }
        .boxed()
    }

    fn keep<'a>(&'a self, revocation: &'a Revocation) -> BoxFuture<'a, Result<(), StoreAway>> {
        let Revocation { token_id, expires_at } = revocation.clone();
        async move { self.revoke_token(&RevokedToken { token_id, expires_at }).await.map_err(|_| StoreAway) }.boxed()
    }
}
