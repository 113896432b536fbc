//! JSON bodies of requests: bounded, and refused by the name of the field that is wrong.

use super::problem::Problem;
use crate::limits::{Limit, OnLimit};
use crate::protocol::ErrorCode;
use axum::body::{Body as Incoming, BodyDataStream};
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt as _;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize as _, Deserializer};
use serde_json::Number;
use std::ops::RangeInclusive;
use std::time::Duration;

/// How long a client may take to send a body.
const DEADLINE: Duration = Duration::from_secs(10);
/// What is still read of a body that is too large, so that its sender gets to read why: an answer is lost if a
/// connection closes upon unread bytes.
const READ_ON_BYTES: usize = 1 << 20;
/// The longest complaint about a field, in characters: what was sent may be quoted in it.
const MAX_DETAIL: usize = 300;

/// What holds for bodies.
#[derive(Clone)]
pub struct BodyLimit {
    /// The largest.
    pub max_bytes: usize,
    /// Hears of larger ones.
    pub on_limit: OnLimit,
}

/// A body.
pub(super) struct Body<T>(pub T);

/// A body that may be left out, or null.
pub(super) struct OptionalBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T>
where
    BodyLimit: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let value = BodyLimit::from_ref(state).json(request).await?;
        value.map(Self).ok_or_else(|| invalid("the body: expected JSON"))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T>
where
    BodyLimit: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let value: Option<Option<T>> = BodyLimit::from_ref(state).json(request).await?;
        Ok(Self(value.flatten().unwrap_or_default()))
    }
}

impl BodyLimit {
    /// None of an empty body.
    async fn json<T: DeserializeOwned>(&self, request: Request) -> Result<Option<T>, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = tokio::time::timeout(DEADLINE, self.read(body)).await.unwrap_or_else(|_| {
            let detail = format!("the body did not come within {} s", DEADLINE.as_secs());
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, ErrorCode::InvalidRequest, detail))
        })?;
        match bytes.as_slice() {
            b"" => Ok(None),
            bytes if is_json(&parts.headers) => parse(bytes).map(Some),
            _ => {
                let detail = "Content-Type: expected application/json";
                Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::InvalidRequest, detail))
            }
        }
    }

    async fn read(&self, body: Incoming) -> Result<Vec<u8>, Problem> {
        let (mut chunks, mut bytes) = (body.into_data_stream(), Vec::new());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| invalid("the body did not come whole"))?;
            if bytes.len() + chunk.len() > self.max_bytes {
                read_on(chunks).await;
                (self.on_limit)(Limit::RestBody);
                let detail = format!("the body is larger than {} allows ({} bytes)", Limit::RestBody, self.max_bytes);
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::LimitExceeded, detail));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

async fn read_on(mut chunks: BodyDataStream) {
    let mut left = READ_ON_BYTES;
    while let Some(Ok(chunk)) = chunks.next().await
        && chunk.len() < left
    {
        left -= chunk.len();
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = error.path().to_string();
        let detail: String = error.into_inner().to_string().chars().take(MAX_DETAIL).collect();
        invalid(if field == "." { format!("the body: {detail}") } else { format!("{field}: {detail}") })
    })?;
    deserializer.end().map_err(|error| invalid(format!("the body: {error}")))?;
    Ok(value)
}

/// Reads a whole number within that range; in JSON 7.0 is 7, and some write it so.
pub(super) fn whole<'de, D: Deserializer<'de>>(
    deserializer: D,
    range: RangeInclusive<u32>,
) -> Result<Option<u32>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(deserializer)? else { return Ok(None) };
    let (min, max) = (f64::from(*range.start()), f64::from(*range.end()));
    let number = number.as_f64().filter(|number| number.fract() == 0.0 && (min..=max).contains(number));
    number
        .map(|number| Some(number as u32))
        .ok_or_else(|| D::Error::custom(format_args!("expected an integer from {min} to {max}")))
}

/// What a request says makes no sense.
pub(super) fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn json_is_told_by_its_type() {
        let told = |kind: &'static str| {
            is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]))
        };
        assert!(["application/json", "Application/JSON; charset=utf-8"].into_iter().all(told));
        assert!(!["text/plain", "application/jsonp", "", "application/x-www-form-urlencoded"].into_iter().any(told));
        assert!(!is_json(&HeaderMap::new()));
    }
}
