//! `PUT /calls/{id}`: what the application keeps with a call, and what holds in its room.

use super::super::access::Access;
use super::super::body::Body;
use super::super::problem::{self, Problem};
use super::CallDesk;
use super::answer::{self, Data};
use super::conditions::{IfMatch, IfMatchHeader};
use super::create::{max_participants, turn_of};
use super::find::ended;
use super::names::Names;
use crate::calls::{Call, CallPatch, CallStatus};
use crate::protocol::Permission;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What is to hold from now on; what is left out, or null, stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CallChange {
    /// Instead of all that is kept with it.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// Participants at once; those who are in it stay, even if they are more.
    #[serde(default, deserialize_with = "max_participants")]
    #[schema(minimum = 1, maximum = 10_000)]
    max_participants: Option<u32>,
    /// Whether only those may enter who may open it.
    locked: Option<bool>,
}

/// Change a call
///
/// `metadata` and `maxParticipants` take the permission `updateCall`, `locked` takes `lock`.
///
/// With the `ETag` of an answer as `If-Match` only if nobody has changed it since: two that change it at once do not undo
/// each other's work.
#[utoipa::path(put, path = "/{id}", operation_id = "updateCall", tag = "calls",
    security((), ("token" = []), ("apiKey" = [])),
    params(
        ("id" = String, Path, description = "The call's own id, or its `callId`", example = "team-standup"),
        IfMatchHeader,
    ),
    request_body(content = CallChange, example = json!({ "metadata": { "topic": "Retrospective" }, "locked": true })),
    responses(
        (status = 200, description = "As it is now", body = Data<Call>,
            headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        problem::Reading, problem::Writing, problem::NoSuchCall, problem::Over, Refused,
    ))]
pub(super) async fn update(
    State(desk): State<CallDesk>,
    Extension(access): Extension<Access>,
    names: Names,
    condition: IfMatch,
    Body(change): Body<CallChange>,
) -> Result<Response, Problem> {
    let call = desk.find(&access, change.needs(&access)?, &names.id).await?;
    let own = desk.clone();
    let call = desk.finish(async move { own.update(call, &condition, change).await }).await?;
    Ok(answer::call(call))
}

problem::responses! { Refused:
    412 "`PRECONDITION_FAILED`: it has changed since, `If-Match` names another version",
}

impl CallChange {
    /// The permission that it takes, of two that it may take: whoever may lock a room from inside may do so from outside.
    fn needs(&self, access: &Access) -> Result<Permission, Problem> {
        let only_locks = self.locked.is_some() && self.metadata.is_none() && self.max_participants.is_none();
        if self.locked.is_some() {
            access.allows(Permission::Lock)?;
        }
        Ok(if only_locks { Permission::Lock } else { Permission::UpdateCall })
    }
}

impl CallDesk {
    async fn update(&self, call: Call, condition: &IfMatch, change: CallChange) -> Result<Call, Problem> {
        let _turn = self.turns.take(turn_of(&call.call_id)).await;
        // Whether it is locked may have been said in its room a moment ago.
        self.catch_up().await;
        let call = self.store.find_call(&call.id.into()).await?;
        let expected = condition.check(call.version)?;
        if call.status == CallStatus::Ended {
            return Err(ended());
        }
        let CallChange { metadata, max_participants, locked } = change;
        let patch = CallPatch { metadata: metadata.map(Value::Object), max_participants, locked };
        let call = self.store.update_call(call.id, expected, patch).await?;
        self.apply(&call)?;
        Ok(call)
    }
}
