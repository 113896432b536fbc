//! `DELETE /auth/tokens/{jti}`: takes a token back.

use super::{KeyHolder, NoKey};
use crate::auth::Gate;
use crate::http::problem::Problem;
use crate::protocol::{ErrorCode, TokenId};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

/// Bytes of a `jti` at most, as in a token.
const LONGEST_ID: usize = 256;

/// Take a token back: it opens nothing any more, and who is in a call by it is taken out
#[utoipa::path(delete, path = "/auth/tokens/{jti}", tag = "tokens", security(("apiKey" = [])),
    params(("jti" = String, Path, description = "The token's `jti`, which is `tokenId` where it is made")),
    responses(
        (status = 204, description = "It is revoked, whether there is such a token or not"),
        (status = 404, description = "No token has such a `jti`", body = Problem, content_type = "application/problem+json"),
        NoKey,
    ))]
pub(super) async fn revoke(
    State(gate): State<Gate>,
    holder: KeyHolder,
    jti: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let jti = jti.ok().map(|Path(jti)| jti).filter(|jti| jti.len() <= LONGEST_ID && !jti.chars().any(char::is_control));
    let jti = jti.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, ErrorCode::InvalidRequest, "jti: expected that of a token")
    })?;
    gate.revoke(&TokenId::new(&jti), holder.key.id.as_str(), holder.address).await.map_err(|_| {
        let detail = "the token is revoked, but that may be forgotten: ask again";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, detail)
    })?;
    Ok(StatusCode::NO_CONTENT)
}
