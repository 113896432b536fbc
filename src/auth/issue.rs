//! Making tokens.

use super::api_keys::ApiKey;
use super::claims::{Claims, OwnClaims, seconds};
use super::keys::KeyRing;
use crate::protocol::{CallId, DisplayName, Permissions, Role, Roles, TokenId, UserId};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// What a token has to say.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who is to show it.
    pub user_id: UserId,
    /// How to show the user to others.
    pub display_name: Option<DisplayName>,
    /// The call, or a pattern in which each `*` stands for any characters.
    pub calls: CallId,
    /// What the user is there.
    pub role: Role,
    /// What it may do, instead of what its role may.
    pub permissions: Option<Permissions>,
    /// How long it is good from its beginning on; none: as configured.
    pub ttl: Option<Duration>,
    /// From when on it is good; none: at once.
    pub not_before: Option<SystemTime>,
}

/// A token.
#[derive(Clone)]
pub struct Issued {
    /// Itself. Whoever has it is who it says.
    pub token: String,
    /// Its `jti`.
    pub token_id: TokenId,
    /// Until when it is good.
    pub expires_at: SystemTime,
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// There is no key to sign with.
    #[error("there is no key to sign with (auth.keys_dir)")]
    NoKey,
    /// It would be good for no time, or for too long.
    #[error("the token would end more than auth.max_token_ttl_s from now, or before it begins")]
    Ttl,
    /// The API key is for other calls.
    #[error("callId: the API key is for other calls")]
    Calls,
    /// The API key gives no such role.
    #[error("role: the API key gives none above its max_role")]
    Role,
    /// The API key gives no such permission.
    #[error("permissions: the API key gives none beyond those of its max_role")]
    Permissions,
}

/// What holds for all tokens of our own.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub issuer: String,
    pub audience: String,
    pub ttl: Duration,
    pub max_ttl: Duration,
}

impl Terms {
    /// Makes a token.
    pub fn issue(&self, order: &Order, keys: &KeyRing, now: SystemTime) -> Result<Issued, IssueError> {
        let begin = order.not_before.filter(|begin| *begin > now).unwrap_or(now);
        let ttl = order.ttl.unwrap_or(self.ttl);
        let expires_at = begin.checked_add(ttl).ok_or(IssueError::Ttl)?;
        if seconds(expires_at) <= seconds(begin) || expires_at > now + self.max_ttl {
            return Err(IssueError::Ttl);
        }
        let token_id = TokenId::new(&Uuid::new_v4().to_string());
        let claims = Claims {
            sub: order.user_id.clone(),
            name: order.display_name.clone(),
            call_id: Some(order.calls.clone()),
            role: Some(order.role),
            permissions: order.permissions.clone(),
            jti: Some(token_id.clone()),
            exp: seconds(expires_at),
            nbf: Some(seconds(begin)),
        };
        let expires_at = UNIX_EPOCH + Duration::from_secs(claims.exp);
        let own = OwnClaims { iss: &self.issuer, aud: &self.audience, iat: seconds(now), claims };
        let token = keys.sign(&own).ok_or(IssueError::NoKey)?;
        Ok(Issued { token, token_id, expires_at })
    }
}

/// Whether the API key may have such a token made.
pub(super) fn within(key: &ApiKey, order: &Order, roles: &Roles) -> Result<(), IssueError> {
    // A `*` of the order is matched by none but one of the key's: then all that it stands for is among the key's calls.
    if !key.calls.matches(&order.calls) {
        return Err(IssueError::Calls);
    }
    if order.role > key.max_role {
        return Err(IssueError::Role);
    }
    let most = roles.of(key.max_role);
    let beyond = |permissions: &Permissions| permissions.iter().any(|permission| !most.allow(permission));
    if key.max_role < Role::Host && order.permissions.as_ref().is_some_and(beyond) {
        return Err(IssueError::Permissions);
    }
    Ok(())
}
