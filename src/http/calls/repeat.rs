//! `Idempotency-Key`: a `POST` that is sent again, because its answer got lost, is carried out once.

use super::super::access::Access;
use super::super::body::invalid;
use super::super::cors::IDEMPOTENCY_KEY;
use super::super::problem::Problem;
use super::CallDesk;
use super::answer::Posted;
use crate::calls::Idempotency;
use crate::protocol::ErrorCode;
use aws_lc_rs::digest;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::time::Duration;
use utoipa::IntoParams;

/// The longest key, in characters.
const MAX_CHARS: usize = 255;
/// How long a repetition waits for the first of its kind.
const DEADLINE: Duration = Duration::from_secs(10);
/// When to repeat what is being carried out elsewhere.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The key that a client made up for one request.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct RepeatKey {
    /// Made up for this one request, such as a UUID.
    #[param(rename = "Idempotency-Key", required = false, nullable = false, min_length = 1, max_length = 255)]
    #[param(pattern = "^[!-~]+$", example = "0d4d2c3f-6f0c-4f0e-9d0b-1f5b2a7c9e11")]
    key: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for RepeatKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut given = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(key) = given.next() else { return Ok(Self { key: None }) };
        let fits = |key: &&str| (1..=MAX_CHARS).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        match key.to_str().ok().filter(fits) {
            Some(key) if given.next().is_none() => Ok(Self { key: Some(key.to_owned()) }),
            _ => Err(invalid(format!(
                "Idempotency-Key: expected one key of 1 to {MAX_CHARS} ASCII characters without spaces"
            ))),
        }
    }
}

impl CallDesk {
    /// Carries it out, unless it was carried out before with that key; then it is answered the same again. Only what
    /// succeeded is remembered: what was refused may be tried again.
    ///
    /// # Errors
    /// 422: the key was used for something else; 503: it is being carried out by another server.
    pub(super) async fn once(
        &self,
        access: &Access,
        key: RepeatKey,
        request: &(impl Serialize + Sync),
        carry_out: impl Future<Output = Result<Posted, Problem>> + Send,
    ) -> Result<Posted, Problem> {
        let Some(key) = key.key else { return carry_out.await };
        let who = who(access);
        let turn = self.turns.take(format!("key {who} {key}"));
        let _turn = tokio::time::timeout(DEADLINE, turn).await.map_err(|_| in_progress())?;
        match self.store.idempotent(&who, &key, &hash(request)).await? {
            Idempotency::New => {}
            Idempotency::Answered { status, body } => return Ok(Posted { status, body }),
            Idempotency::InProgress => return Err(in_progress()),
            Idempotency::Reused => {
                let detail = "Idempotency-Key: it was used for another request";
                return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::IdempotencyKeyReused, detail));
            }
        }
        let answer = carry_out.await;
        let kept = match &answer {
            Ok(Posted { status, body }) => self.store.remember(&who, &key, *status, body).await,
            Err(_) => self.store.forget(&who, &key).await,
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "the answer to a request could not be kept for its repetitions");
        }
        answer
    }
}

/// Whose key it is: two callers may make up the same.
fn who(access: &Access) -> String {
    let caller = &access.caller;
    match &caller.user_id {
        Some(id) if caller.operator => format!("key:{id}"),
        Some(id) => format!("user:{id}"),
        None => "anonymous".to_owned(),
    }
}

fn hash(request: &impl Serialize) -> String {
    // What was read from JSON can be written as JSON.
    let text = serde_json::to_vec(request).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &text))
}

fn in_progress() -> Problem {
    let detail = "Idempotency-Key: the same request is being carried out";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, detail).retry_after(RETRY_AFTER)
}
