//! `GET /.well-known/jwks.json`: the public keys by which others can tell the server's tokens.

use crate::auth::{Gate, Jwks};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

/// For how long others may keep it: a new key signs from its first moment.
const CACHE: (axum::http::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=60");

/// The public keys of the server's own tokens, as a JSON Web Key Set (RFC 7517)
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "tokens", responses(
    (status = 200, description = "All that verify, the one that signs first", body = Jwks),
))]
pub(in crate::http) async fn jwks(State(gate): State<Gate>) -> Response {
    ([CACHE], Json(gate.jwks())).into_response()
}
