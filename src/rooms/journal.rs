//! What happens in rooms that outlives them: plain data, told to whoever keeps the books. Told in its order, from the
//! room's own task, to something that must not block.

use crate::ids::PeerId;
use crate::protocol::{CallId, DisplayName, Moderation, QualityWarning, Reason, Role, UserId};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

/// Something that happened in a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The room's call.
    pub call_id: CallId,
    /// When.
    pub at: SystemTime,
    /// What.
    pub happening: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Happening {
    /// The room is there: the call goes on from here on.
    Opened,
    /// Somebody came. Not told again of one that comes back within its time.
    Joined {
        /// Its id in the room.
        peer_id: PeerId,
        /// Who it is for the application.
        user_id: UserId,
        /// How it is shown.
        display_name: Option<DisplayName>,
        /// What it is.
        role: Role,
        /// Where it came from.
        address: Option<IpAddr>,
    },
    /// Somebody is gone for good. Told of everybody before the room closes.
    Left {
        /// Its id in the room.
        peer_id: PeerId,
        /// Who it was.
        user_id: UserId,
        /// Why.
        reason: Reason,
    },
    /// Somebody did what only some may.
    Moderated {
        /// Who: a user, or the key of a backend; none: who showed nothing, where nothing is needed.
        by: Option<UserId>,
        /// Upon whom.
        user_id: Option<UserId>,
        /// What.
        action: Moderation,
    },
    /// Media gets through badly to or from somebody.
    Quality(QualityWarning),
    /// The room is over, and the call with it.
    Closed {
        /// Why.
        reason: Reason,
    },
}

/// Keeps the books.
pub type OnEntry = Arc<dyn Fn(Entry) + Send + Sync>;
