//! What stands behind the `?` of a list.

use super::super::body::invalid;
use super::super::problem::Problem;
use crate::calls::Cursor;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

/// Entries of a page, if nothing is asked for.
const PAGE: u32 = 50;
/// At most.
const MAX_PAGE: u32 = 200;

/// The query, each value as what it is for; what is not so is refused by its name.
pub(super) struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        asked.map(|Query(asked)| Self(asked)).map_err(|rejection| {
            let text = rejection.body_text();
            invalid(text.rsplit_once("query string: ").map_or(text.as_str(), |(_, detail)| detail))
        })
    }
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    /// Entries of a page.
    #[serde(default = "page", deserialize_with = "limit")]
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    pub limit: u32,
    /// The `nextCursor` of the page before.
    #[serde(default, deserialize_with = "cursor")]
    #[param(value_type = String, required = false, format = "cursor")]
    pub cursor: Option<Cursor>,
}

/// Entries of a page, if nothing is asked for.
pub(super) const fn page() -> u32 {
    PAGE
}

/// Reads how many entries a page is to have.
pub(super) fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let asked = u32::deserialize(deserializer).ok().filter(|limit| (1..=MAX_PAGE).contains(limit));
    asked.ok_or_else(|| D::Error::custom(format!("expected an integer from 1 to {MAX_PAGE}")))
}

/// Reads where a page begins.
pub(super) fn cursor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cursor>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(D::Error::custom)
}
