//! `GET /calls/{id}`: one call.

use super::super::access::Access;
use super::super::problem::{self, Problem};
use super::CallDesk;
use super::answer::{self, Data};
use super::names::Names;
use crate::calls::Call;
use crate::protocol::Permission;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;

/// One call
///
/// By its `callId`: the one that goes on, or else the latest.
#[utoipa::path(get, path = "/{id}", operation_id = "getCall", tag = "calls",
    security((), ("token" = []), ("apiKey" = [])),
    params(("id" = String, Path, description = "The call's own id, or its `callId`", example = "team-standup")),
    responses(
        (status = 200, description = "The call", body = Data<Call>,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        problem::Reading, problem::NoSuchCall,
    ))]
pub(super) async fn get(
    State(desk): State<CallDesk>,
    Extension(access): Extension<Access>,
    names: Names,
) -> Result<Response, Problem> {
    Ok(answer::call(desk.find(&access, Permission::ViewCall, &names.id).await?))
}
