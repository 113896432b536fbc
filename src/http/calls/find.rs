//! Which calls a caller gets to see. Of others it does not learn whether there are any: what it is told of a call that is
//! none of its own depends on the name it asked by, and on nothing else.

use super::super::access::{Access, forbidden};
use super::super::problem::Problem;
use super::CallDesk;
use super::names::no_such_call;
use crate::calls::{Call, CallName, CallStatus, StoreError};
use crate::protocol::{CallId, ErrorCode, Permission};
use axum::http::StatusCode;

impl CallDesk {
    /// The call of that id or `callId`, if the caller may do that to it.
    ///
    /// # Errors
    /// 403: the permission is missing, or the name is none of the caller's; 404; 503.
    pub(super) async fn find(&self, access: &Access, permission: Permission, id: &str) -> Result<Call, Problem> {
        access.allows(permission)?;
        let Ok(named) = CallId::new(id) else { return Err(no_such_call()) };
        let name = CallName::new(id);
        let mut found = self.store.find_call(&name).await;
        let known = found.as_ref().is_ok_and(|call| call.status == CallStatus::Active);
        if !known && self.rooms.find(&named).is_some() {
            // Its room has opened just now.
            self.catch_up().await;
            found = self.store.find_call(&name).await;
        }
        let own = |call_id: &CallId| access.caller.calls.matches(call_id);
        match found {
            Ok(call) if own(&call.call_id) => Ok(call),
            Ok(_) | Err(StoreError::NotFound) if own(&named) => Err(no_such_call()),
            Ok(_) | Err(StoreError::NotFound) => Err(forbidden("the token is for other calls".to_owned())),
            Err(error) => Err(error.into()),
        }
    }

    /// The same of a call that goes on.
    ///
    /// # Errors
    /// As [`Self::find`], and 409 if it is over: another one of the same name may go on.
    pub(super) async fn find_active(&self, access: &Access, permission: Permission, id: &str) -> Result<Call, Problem> {
        let call = self.find(access, permission, id).await?;
        match call.status {
            CallStatus::Active => Ok(call),
            CallStatus::Ended => Err(ended()),
        }
    }
}

pub(super) fn ended() -> Problem {
    Problem::new(StatusCode::CONFLICT, ErrorCode::CallEnded, "the call is over")
}
