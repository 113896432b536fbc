//! `GET /calls`: the calls that a caller may see, a page at a time.

use super::super::access::Access;
use super::super::problem::{self, Problem};
use super::CallDesk;
use super::answer::Listed;
use super::paging::{self, Asked};
use crate::calls::{Call, CallStatus, Cursor, ListCalls};
use crate::protocol::{CallId, Permission};
use axum::extract::State;
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which calls.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only those that go on, or only those that are over.
    #[param(inline, nullable = false)]
    status: Option<CallStatus>,
    /// Only those that clients join, or joined, by this name.
    #[param(value_type = CallId, required = false)]
    call_id: Option<CallId>,
    /// Entries of a page.
    #[serde(default = "paging::page", deserialize_with = "paging::limit")]
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: u32,
    /// The `nextCursor` of the page before.
    #[serde(default, deserialize_with = "paging::cursor")]
    #[param(value_type = String, required = false, format = "cursor")]
    cursor: Option<Cursor>,
}

/// Calls
///
/// Those that the token or key is for, the latest first. What is booked while somebody turns pages is not on the later
/// ones, and no call is on two.
#[utoipa::path(get, path = "/", operation_id = "listCalls", tag = "calls",
    security((), ("token" = []), ("apiKey" = [])),
    params(Wanted),
    responses((status = 200, description = "A page of them", body = Listed<Call>), problem::Reading))]
pub(super) async fn list(
    State(desk): State<CallDesk>,
    Extension(access): Extension<Access>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Listed<Call>>, Problem> {
    access.allows(Permission::ViewCall)?;
    let Wanted { status, call_id: room_id, limit, cursor: before } = wanted;
    let pattern = access.caller.calls.clone();
    let page = desk.store.list_calls(&ListCalls { pattern, status, room_id, before, limit }).await?;
    Ok(Json(page.into()))
}
