//! What is answered: `{ "data": … }`, with where a call is and which version of it this is.

use super::super::problem::{self, Problem};
use crate::calls::{Call, Cursor, Page};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One thing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Data<T> {
    pub data: T,
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed<T> {
    /// In the list's order.
    pub data: Vec<T>,
    /// Give it as `cursor` to get what follows; null after the last.
    #[schema(value_type = Option<String>)]
    pub next_cursor: Option<Cursor>,
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

impl<T> From<Page<T>> for Listed<T> {
    fn from(Page { items, next }: Page<T>) -> Self {
        Self { data: items, next_cursor: next }
    }
}

/// A call, with its `ETag`.
pub(super) fn call(call: Call) -> Response {
    ([(header::ETAG, etag(call.version))], Data { data: call }).into_response()
}

/// The `ETag` of that version.
pub(super) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// What a `POST` is answered, in the form in which it is kept for its repetitions.
#[derive(Debug)]
pub(super) struct Posted {
    pub status: u16,
    pub body: String,
}

/// What the headers are made of.
#[derive(Deserialize)]
struct Head {
    data: CallHead,
}

#[derive(Deserialize)]
struct CallHead {
    id: Uuid,
    version: i64,
}

impl Posted {
    pub fn new(status: StatusCode, call: Call) -> Result<Self, Problem> {
        let body = serde_json::to_string(&Data { data: call }).map_err(|error| problem::fault(&error))?;
        Ok(Self { status: status.as_u16(), body })
    }

    /// The answer itself, with where the call is: under the path that it was asked at.
    pub fn respond(self, path: &str) -> Result<Response, Problem> {
        let Head { data } = serde_json::from_str(&self.body).map_err(|error| problem::fault(&error))?;
        let status = StatusCode::from_u16(self.status).map_err(|error| problem::fault(&error))?;
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::LOCATION, text(format!("{}/{}", path.trim_end_matches('/'), data.id))?),
            (header::ETAG, text(etag(data.version))?),
        ];
        Ok((status, headers, self.body).into_response())
    }
}

fn text(value: String) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(value).map_err(|error| problem::fault(&error))
}
