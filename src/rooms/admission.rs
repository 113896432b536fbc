//! Whether somebody may come to a call at all: by what it showed, whatever goes on there.

use super::RoomError;
use crate::protocol::{CallId, Caller};
use std::time::SystemTime;

/// Checks that the caller's token is for this call, and good at that moment.
pub(super) fn admit(caller: &Caller, call_id: &CallId, at: SystemTime) -> Result<(), RoomError> {
    if caller.expires_at.is_some_and(|until| until <= at) {
        return Err(RoomError::TokenExpired);
    }
    if !caller.calls.matches(call_id) {
        return Err(RoomError::OtherCall);
    }
    Ok(())
}
