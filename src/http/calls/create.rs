//! `POST /calls`: books a call, before anybody is in it or while they are.

use super::super::access::{Access, forbidden};
use super::super::body::{self, OptionalBody};
use super::super::problem::{self, Problem};
use super::CallDesk;
use super::answer::{Data, Posted};
use super::end::ENDED;
use super::repeat::RepeatKey;
use crate::calls::{Call, CallName, CallPatch, NewCall, StoreError};
use crate::protocol::{CallId, CallPattern, Permission};
use axum::Extension;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The most participants that can be asked for; `rooms.max_peers` holds in any case.
const MAX_PARTICIPANTS: u32 = 10_000;

/// A call to be booked.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewCallBody {
    /// The name that clients join by; left out, it is the call's own id.
    call_id: Option<CallId>,
    /// Whatever the application wants to keep with it.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// Participants at once; left out, as many as every room takes (`rooms.max_peers`), which is the most in any case.
    #[serde(default, deserialize_with = "max_participants")]
    #[schema(minimum = 1, maximum = 10_000)]
    max_participants: Option<u32>,
    /// Whether only those may enter who may open it.
    locked: Option<bool>,
}

/// Reads how many may take part at once.
pub(super) fn max_participants<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    body::whole(deserializer, 1..=MAX_PARTICIPANTS)
}

/// Book a call
///
/// Clients join it by its `callId`. A call that goes on because somebody opened its room by `createRoom` is taken over:
/// what is given here holds for it from now on, and the answer is 200; it takes `updateCall`, and `lock` for `locked`. One
/// that was booked already is refused.
///
/// `locked: true` takes `lock`, too.
///
/// With an `Idempotency-Key` a repetition within 24 hours is answered as the first time, and books nothing.
#[utoipa::path(post, path = "/", operation_id = "createCall", tag = "calls",
    security((), ("token" = []), ("apiKey" = [])),
    params(RepeatKey),
    request_body(content = Option<NewCallBody>, examples(
        ("named" = (summary = "With a name, for a few", value = json!({
            "callId": "team-standup", "metadata": { "topic": "Release" }, "maxParticipants": 8, "locked": false,
        }))),
        ("unnamed" = (summary = "With any name", value = json!({}))),
    )),
    responses(
        (status = 201, description = "It is booked", body = Data<Call>,
            headers(("Location" = String, description = "Where it is"), ("ETag" = String, description = "Its version"))),
        (status = 200, description = "It goes on already, opened by `createRoom`, and is booked now", body = Data<Call>,
            headers(("Location" = String, description = "Where it is"), ("ETag" = String, description = "Its version"))),
        problem::Reading, problem::Writing, Refused,
    ))]
pub(super) async fn create(
    State(desk): State<CallDesk>,
    Extension(access): Extension<Access>,
    OriginalUri(uri): OriginalUri,
    key: RepeatKey,
    OptionalBody(new): OptionalBody<NewCallBody>,
) -> Result<Response, Problem> {
    match &new.call_id {
        Some(call_id) => access.may(Permission::CreateRoom, call_id)?,
        None if access.caller.calls == CallPattern::any() => access.allows(Permission::CreateRoom)?,
        None => return Err(forbidden("the token is for certain calls: name one of them as callId".to_owned())),
    }
    if new.locked == Some(true) {
        access.allows(Permission::Lock)?;
    }
    let own = desk.clone();
    let posted = desk.finish(async move { own.once(&access, key, &new, own.create(&access, &new)).await }).await?;
    posted.respond(uri.path())
}

problem::responses! { Refused:
    409 "`CALL_EXISTS`: a call of that `callId` was booked, and is not over",
    422 "`IDEMPOTENCY_KEY_REUSED`: the key was used for another request",
}

impl CallDesk {
    async fn create(&self, access: &Access, new: &NewCallBody) -> Result<Posted, Problem> {
        let (status, call) = match &new.call_id {
            None => (StatusCode::CREATED, self.store.create_call(new.call(access)).await?),
            Some(call_id) => {
                let _turn = self.turns.take(turn_of(call_id)).await;
                match self.store.create_call(new.call(access)).await {
                    Ok(call) => (StatusCode::CREATED, call),
                    Err(StoreError::Conflict) if self.rooms.booked(call_id).is_none() => {
                        return Posted::new(StatusCode::OK, self.adopt(access, call_id, new).await?);
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        };
        if let Err(error) = self.apply(&call) {
            self.store.end_call(call.id, ENDED).await?;
            return Err(error.into());
        }
        Posted::new(status, call)
    }

    /// Books a call that goes on without ever having been booked. Whoever may make one may not by that change another's.
    async fn adopt(&self, access: &Access, call_id: &CallId, new: &NewCallBody) -> Result<Call, Problem> {
        if new.metadata.is_some() || new.max_participants.is_some() {
            access.allows(Permission::UpdateCall)?;
        }
        if new.locked.is_some() {
            access.allows(Permission::Lock)?;
        }
        let call = self.store.find_call(&CallName::new(call_id.as_str())).await?;
        let patch = CallPatch {
            metadata: new.metadata.clone().map(Value::Object),
            max_participants: new.max_participants,
            locked: new.locked,
        };
        let call = self.store.update_call(call.id, None, patch).await?;
        self.apply(&call)?;
        Ok(call)
    }
}

impl NewCallBody {
    fn call(&self, access: &Access) -> NewCall {
        NewCall {
            room_id: self.call_id.clone(),
            metadata: Value::Object(self.metadata.clone().unwrap_or_default()),
            max_participants: self.max_participants,
            locked: self.locked.unwrap_or_default(),
            created_by: access.caller.user_id.clone(),
        }
    }
}

/// Under which name requests about a call take turns.
pub(super) fn turn_of(call_id: &CallId) -> String {
    format!("call {call_id}")
}
