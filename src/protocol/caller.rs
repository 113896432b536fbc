//! Who asks, as the server knows it: from a token, from a key, or from the configuration where neither is needed.

use super::{CallId, DisplayName, Permissions, Role, Roles, UserId};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

/// Names a token (its `jti`), so that it can be revoked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenId(Arc<str>);

impl TokenId {
    /// Takes the name as it is.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Calls by their names: a name in which each `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallPattern(Arc<str>);

impl CallPattern {
    /// Every call.
    pub fn any() -> Self {
        Self("*".into())
    }

    /// Takes the pattern as it is.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for that call.
    pub fn matches(&self, call_id: &CallId) -> bool {
        let mut parts = self.0.split('*');
        let (first, last) = (parts.next().unwrap_or_default(), parts.next_back());
        let Some(mut rest) = call_id.as_str().strip_prefix(first) else { return false };
        let Some(last) = last else { return rest.is_empty() };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

/// Who asks. Nothing of it comes from what a client says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Caller {
    /// Who it is; none where no token is needed and none was shown: then `joinRoom`'s word is taken.
    pub user_id: Option<UserId>,
    /// How to show it, instead of what the client says.
    pub display_name: Option<DisplayName>,
    /// What it is in the calls that it may enter.
    pub role: Role,
    /// What it may do there, instead of what its role may.
    pub permissions: Option<Permissions>,
    /// The calls that it may enter, see and act upon.
    pub calls: CallPattern,
    /// Until when it may enter them; one that is inside stays.
    pub expires_at: Option<SystemTime>,
    /// Of the token that it showed.
    pub token_id: Option<TokenId>,
    /// Whether it is the application's own backend, by its key: it acts upon everybody, whatever their role.
    pub operator: bool,
    /// Where it comes from.
    pub address: Option<IpAddr>,
}

impl Caller {
    /// Somebody who showed nothing, where nothing is needed.
    pub fn anonymous(role: Role, address: Option<IpAddr>) -> Self {
        Self {
            user_id: None,
            display_name: None,
            role,
            permissions: None,
            calls: CallPattern::any(),
            expires_at: None,
            token_id: None,
            operator: false,
            address,
        }
    }

    /// What it may do.
    pub fn permissions<'a>(&'a self, roles: &'a Roles) -> Cow<'a, Permissions> {
        match &self.permissions {
            _ if self.operator => Cow::Owned(Permissions::all()),
            Some(permissions) => Cow::Borrowed(permissions),
            None => Cow::Borrowed(roles.of(self.role)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_what_it_says() {
        let matches =
            |pattern: &str, call: &str| CallPattern::new(pattern).matches(&CallId::new(call).expect("a name"));
        for (pattern, call) in
            [("a", "a"), ("*", "a"), ("team-*", "team-a"), ("*-a", "x-a"), ("a*b*c", "a1b2bc"), ("a**", "a")]
        {
            assert!(matches(pattern, call), "{pattern} {call}");
        }
        for (pattern, call) in [("a", "ab"), ("", "a"), ("team-*", "teams"), ("a*a", "a"), ("a*b*c", "acb"), ("A", "a")]
        {
            assert!(!matches(pattern, call), "{pattern} {call}");
        }
    }
}
