//! What a token says.

use crate::protocol::{CallId, DisplayName, Permissions, Role, TokenId, UserId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is read of a token, whoever has made it; all that is not here is not looked at.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Claims {
    /// Who.
    pub sub: UserId,
    /// How to show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<DisplayName>,
    /// The pattern of its calls, which is within the bounds of a call's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Instead of the role's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "token_id")]
    pub jti: Option<TokenId>,
    /// Seconds since 1970, as the next.
    #[serde(deserialize_with = "numeric_date")]
    pub exp: u64,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "optional_date")]
    pub nbf: Option<u64>,
}

impl Claims {
    /// Until when the token is good; none if no clock will ever show that.
    pub fn expires_at(&self) -> Option<SystemTime> {
        UNIX_EPOCH.checked_add(Duration::from_secs(self.exp))
    }
}

/// What a token of our own says.
#[derive(Serialize)]
pub(super) struct OwnClaims<'a> {
    pub iss: &'a str,
    pub aud: &'a str,
    pub iat: u64,
    #[serde(flatten)]
    pub claims: Claims,
}

/// Seconds since 1970, whole ones.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

const LONGEST_ID: usize = 256;

fn token_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TokenId>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let fits = (1..=LONGEST_ID).contains(&text.len()) && !text.chars().any(char::is_control);
    if fits { Ok(Some(TokenId::new(&text))) } else { Err(D::Error::custom("not a jti")) }
}

/// RFC 7519 allows fractions.
fn numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let fraction = || number.as_f64().filter(|seconds| *seconds >= 0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
    let seconds = number.as_u64().or_else(|| fraction().map(|seconds| seconds as u64));
    seconds.ok_or_else(|| D::Error::custom("not a date"))
}

fn optional_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    numeric_date(deserializer).map(Some)
}
