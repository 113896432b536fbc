//! Roles, and what each may do.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// What a peer is in a room, from the least to the most: nobody acts upon who is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Receives only.
    Viewer,
    /// Takes part.
    Participant,
    /// Keeps order.
    Moderator,
    /// Whose call it is.
    Host,
}

impl Role {
    /// All, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Participant, Self::Moderator, Self::Host];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Participant => "participant",
            Self::Moderator => "moderator",
            Self::Host => "host",
        }
    }
}

/// One thing that somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Permission {
    /// Make a call, where not everybody may.
    CreateRoom,
    /// Publish sound from a microphone, or any that is not a screen's.
    PublishAudio,
    /// Publish video from a camera, or any that is not a screen.
    PublishVideo,
    /// Publish a screen and its sound.
    PublishScreen,
    /// Open data channels to the others.
    PublishData,
    /// Receive what others publish.
    Subscribe,
    /// Send messages over signaling.
    SendMessage,
    /// See a call, and who is in it, over REST.
    ViewCall,
    /// Change a call's metadata and settings over REST.
    UpdateCall,
    /// Take somebody out, for good if wanted.
    Kick,
    /// Mute somebody, and let go of it.
    Mute,
    /// Give somebody another role, up to one's own.
    SetRole,
    /// Lock the room, open it, and enter while it is locked.
    Lock,
    /// End the call.
    CloseRoom,
    /// Start and stop recordings.
    Record,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::CreateRoom,
        Self::PublishAudio,
        Self::PublishVideo,
        Self::PublishScreen,
        Self::PublishData,
        Self::Subscribe,
        Self::SendMessage,
        Self::ViewCall,
        Self::UpdateCall,
        Self::Kick,
        Self::Mute,
        Self::SetRole,
        Self::Lock,
        Self::CloseRoom,
        Self::Record,
    ];

    /// The name on the wire and in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateRoom => "createRoom",
            Self::PublishAudio => "publishAudio",
            Self::PublishVideo => "publishVideo",
            Self::PublishScreen => "publishScreen",
            Self::PublishData => "publishData",
            Self::Subscribe => "subscribe",
            Self::SendMessage => "sendMessage",
            Self::ViewCall => "viewCall",
            Self::UpdateCall => "updateCall",
            Self::Kick => "kick",
            Self::Mute => "mute",
            Self::SetRole => "setRole",
            Self::Lock => "lock",
            Self::CloseRoom => "closeRoom",
            Self::Record => "record",
        }
    }
}

/// What somebody may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permissions(BTreeSet<Permission>);

impl Permissions {
    /// Everything.
    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    /// Whether this is among them.
    pub fn allow(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    /// Each.
    pub fn iter(&self) -> impl Iterator<Item = Permission> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        Self(permissions.into_iter().collect())
    }
}

/// What each role may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// Of [`Role::Viewer`].
    pub viewer: Permissions,
    /// Of [`Role::Participant`].
    pub participant: Permissions,
    /// Of [`Role::Moderator`].
    pub moderator: Permissions,
    /// Of [`Role::Host`].
    pub host: Permissions,
}

impl Roles {
    /// Of that one.
    pub fn of(&self, role: Role) -> &Permissions {
        match role {
            Role::Viewer => &self.viewer,
            Role::Participant => &self.participant,
            Role::Moderator => &self.moderator,
            Role::Host => &self.host,
        }
    }
}

impl Default for Roles {
    /// Those of the built-in configuration.
    fn default() -> Self {
        use Permission as P;
        let viewer = [P::Subscribe, P::ViewCall];
        let participant = [P::CreateRoom, P::PublishAudio, P::PublishVideo, P::PublishScreen, P::PublishData];
        let moderator = [P::Kick, P::Mute, P::SetRole, P::Lock];
        let viewer: Permissions = viewer.into_iter().collect();
        let participant: Permissions = viewer.iter().chain(participant).chain([P::SendMessage]).collect();
        let moderator = participant.iter().chain(moderator).collect();
        Self { viewer, participant, moderator, host: Permissions::all() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_on_the_wire() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).expect("serializes"), role.as_str());
        }
        for permission in Permission::ALL {
            assert_eq!(serde_json::to_value(permission).expect("serializes"), permission.as_str());
        }
    }

    #[test]
    fn a_role_may_do_all_that_a_lesser_one_may() {
        let roles = Roles::default();
        for pair in Role::ALL.windows(2) {
            let (less, more) = (roles.of(pair[0]), roles.of(pair[1]));
            assert!(less.iter().all(|permission| more.allow(permission)), "{pair:?}");
            assert_ne!(less, more);
        }
    }
}
