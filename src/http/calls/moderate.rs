//! What is done to somebody in a call: found here, and then up to the room.

use super::super::access::Access;
use super::super::problem::Problem;
use super::CallDesk;
use crate::protocol::{Moderation, Permission};
use axum::http::StatusCode;
use std::sync::Arc;

impl CallDesk {
    /// Does it in the room of a call that goes on.
    ///
    /// # Errors
    /// As [`Self::find_active`], or what the room says.
    pub(super) async fn moderate(
        &self,
        access: &Access,
        permission: Permission,
        id: &str,
        action: Moderation,
    ) -> Result<StatusCode, Problem> {
        let call = self.find_active(access, permission, id).await?;
        self.rooms.moderate(&call.call_id, Arc::clone(&access.caller), action).await?;
        Ok(StatusCode::NO_CONTENT)
    }
}
