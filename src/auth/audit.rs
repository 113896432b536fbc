//! What has to be known later of who made and took back tokens: a log line of the target `audit`, and whoever keeps it.

use crate::protocol::{CallId, Role, TokenId, UserId};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

/// Something that was done with a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// When.
    pub at: SystemTime,
    /// By whom: the id of an API key, or `command line`.
    pub actor: String,
    /// `token.issue` or `token.revoke`.
    pub action: &'static str,
    /// The token's `jti`; never the token.
    pub token_id: TokenId,
    /// Whom it is for, where and as what; none: it was revoked.
    pub made_for: Option<(UserId, CallId, Role)>,
    /// Where it was asked from.
    pub address: Option<IpAddr>,
}

/// Keeps deeds.
pub type OnDeed = Arc<dyn Fn(Deed) + Send + Sync>;

impl Deed {
    pub(super) fn log(&self) {
        let Self { actor, action, token_id, .. } = self;
        let token = token_id.as_str();
        match &self.made_for {
            Some((user, room, role)) => tracing::info!(
                target: "audit", actor, action, token, %user, %room, role = role.as_str(),
                "{actor} had token {token} made for {user} in {room} as {}", role.as_str(),
            ),
            None => tracing::info!(target: "audit", actor, action, token, "{actor} revoked token {token}"),
        }
    }
}
