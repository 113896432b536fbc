//! `DELETE /calls/{id}`: ends a call, for everybody in it.

use super::super::access::Access;
use super::super::problem::{self, Problem};
use super::CallDesk;
use super::answer::{self, Data};
use super::create::turn_of;
use super::names::Names;
use crate::calls::{Call, CallStatus};
use crate::protocol::{Moderation, Permission};
use crate::rooms::RoomError;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

/// Why such a call is over, by the reasons of signaling.
pub(super) const ENDED: &str = "ended";

/// End a call
///
/// Everybody in it hears `roomClosed` with the reason `ended`. One that is over stays as it is. Who may open rooms may
/// open one of the same name again: that is another call.
#[utoipa::path(delete, path = "/{id}", operation_id = "endCall", tag = "calls",
    security((), ("token" = []), ("apiKey" = [])),
    params(("id" = String, Path, description = "The call's own id, or its `callId`", example = "team-standup")),
    responses(
        (status = 200, description = "It is over", body = Data<Call>,
            headers(("ETag" = String, description = "Its version"))),
        problem::Reading, problem::NoSuchCall,
    ))]
pub(super) async fn end(
    State(desk): State<CallDesk>,
    Extension(access): Extension<Access>,
    names: Names,
) -> Result<Response, Problem> {
    let call = desk.find(&access, Permission::CloseRoom, &names.id).await?;
    let own = desk.clone();
    let call = desk.finish(async move { own.end(&access, call).await }).await?;
    Ok(answer::call(call))
}

impl CallDesk {
    async fn end(&self, access: &Access, call: Call) -> Result<Call, Problem> {
        let _turn = self.turns.take(turn_of(&call.call_id)).await;
        let call = self.store.find_call(&call.id.into()).await?;
        // The name may be that of another call by now.
        if call.status == CallStatus::Ended {
            return Ok(call);
        }
        self.rooms.unbook(&call.call_id);
        match self.rooms.moderate(&call.call_id, Arc::clone(&access.caller), Moderation::Close).await {
            Ok(()) | Err(RoomError::RoomNotFound | RoomError::RoomClosed) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(self.store.end_call(call.id, ENDED).await?)
    }
}
