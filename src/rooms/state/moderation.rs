//! Keeping order: who may do what to whom, decided here for all who ask, over whatever interface.

use super::State;
use crate::ids::PeerId;
use crate::protocol::{
    Caller, Event, KickPeer, Moderation, Permission, Reason, Reply, Role, RoleChange, SetPeerRole, UserId,
};
use crate::rooms::journal::Happening;
use crate::rooms::{RoomError, RoomOptions};
use std::sync::Arc;
use std::time::Instant;

/// Who keeps order.
#[derive(Debug, Clone)]
pub(super) struct Moderator {
    /// With the role and permissions that hold now.
    pub caller: Arc<Caller>,
    /// Its peer, if it is in the room itself.
    pub peer: Option<PeerId>,
}

impl Moderator {
    /// Whether it may act upon somebody of that caller's rank.
    fn reaches(&self, other: &Caller) -> bool {
        self.caller.operator || other.role <= self.caller.role
    }
}

impl State {
    /// Does what somebody asks who keeps order, if that one may.
    pub(super) fn moderate(&mut self, by: &Moderator, action: Moderation, now: Instant) -> Result<Reply, RoomError> {
        if !self.open() {
            return Err(RoomError::RoomClosed);
        }
        let permission = action.permission();
        if !self.allows(&by.caller, permission) {
            return Err(RoomError::Forbidden(permission));
        }
        let user_id = action.peer().map(|peer| self.subject(by, peer)).transpose()?;
        let happening =
            Happening::Moderated { by: by.caller.user_id.clone(), user_id: user_id.clone(), action: action.clone() };
        let changed = match (action, user_id) {
            (Moderation::Kick(request), Some(user)) => {
                self.record(happening);
                self.kick(by, &request, &user, now);
                return Ok(Reply::Done);
            }
            (Moderation::Close, _) => {
                self.record(happening);
                self.close(Reason::Ended);
                return Ok(Reply::Done);
            }
            (Moderation::Mute(request), _) => self.mute(by.peer, &request)?,
            (Moderation::SetRole(request), Some(user)) => self.set_role(by, &request, user)?,
            (Moderation::Lock(request), _) => self.lock(by.peer, request.locked),
            (Moderation::Kick(_) | Moderation::SetRole(_), None) => return Err(RoomError::NoSuchPeer),
        };
        if changed {
            self.record(happening);
        }
        Ok(Reply::Done)
    }

    /// The user of a peer that may be acted upon.
    fn subject(&self, by: &Moderator, id: PeerId) -> Result<UserId, RoomError> {
        if by.peer == Some(id) {
            return Err(RoomError::Oneself);
        }
        let peer = self.peers.get(&id).ok_or(RoomError::NoSuchPeer)?;
        if by.reaches(&peer.caller) { Ok(peer.user_id.clone()) } else { Err(RoomError::PeerIsMore) }
    }

    /// Puts a peer out; with a ban also what else of the same user is inside.
    fn kick(&mut self, by: &Moderator, request: &KickPeer, user: &UserId, now: Instant) {
        let mut out = vec![request.peer_id];
        let mut reason = Reason::Kicked;
        if request.ban {
            reason = Reason::Banned;
            self.remembered.ban(user);
            let others = self.peers.values().filter(|peer| peer.user_id == *user && by.reaches(&peer.caller));
            let others = others.map(|peer| peer.id).filter(|id| *id != request.peer_id && by.peer != Some(*id));
            out.extend(others);
        }
        for id in out {
            self.tell(id, Event::Kicked { reason, by: by.peer });
            self.leave(id, Reason::Kicked, now);
        }
    }

    /// Gives a peer another role, in place of whatever its token said; false if that is what it has.
    fn set_role(&mut self, by: &Moderator, request: &SetPeerRole, user_id: UserId) -> Result<bool, RoomError> {
        let SetPeerRole { peer_id, role } = *request;
        let peer = self.peers.get(&peer_id).ok_or(RoomError::NoSuchPeer)?;
        if self.gives_more(by, &peer.caller, role) {
            return Err(RoomError::RoleIsMore);
        }
        let peer = self.peers.get_mut(&peer_id).ok_or(RoomError::NoSuchPeer)?;
        if peer.caller.role == role && peer.caller.permissions.is_none() {
            return Ok(false);
        }
        let caller = Arc::make_mut(&mut peer.caller);
        (caller.role, caller.permissions) = (role, None);
        let permissions = caller.permissions(&self.settings.roles).into_owned();
        self.remembered.role(&user_id, role);
        let change = RoleChange { peer_id, user_id, role, permissions, by: by.peer };
        self.tell_all(|_| true, Event::PeerRoleChanged(change));
        self.close_forbidden(peer_id);
        Ok(true)
    }

    /// Whether somebody would give what it does not have itself; its token may allow less than its role.
    fn gives_more(&self, by: &Moderator, to: &Caller, role: Role) -> bool {
        let gains = |permission: &Permission| !self.allows(to, *permission);
        let mut given = self.settings.roles.of(role).iter().filter(gains);
        !by.caller.operator && (role > by.caller.role || given.any(|permission| !self.allows(&by.caller, permission)))
    }

    /// Locks the room, or opens it; false if it is so already.
    fn lock(&mut self, by: Option<PeerId>, locked: bool) -> bool {
        let changed = self.options.locked != locked;
        if changed {
            self.options.locked = locked;
            self.tell_all(|_| true, Event::RoomLocked { locked, by });
        }
        changed
    }

    /// What the call was booked with has changed. Nobody is put out for it.
    pub(super) fn take_options(&mut self, options: RoomOptions) {
        if !self.closed() {
            self.lock(None, options.locked);
            self.options = options;
        }
    }

    /// Whether somebody may come in: not one who comes back, who is inside.
    pub(super) fn check_door(&self, caller: &Caller, user: &UserId) -> Result<(), RoomError> {
        if self.remembered.is_banned(user) {
            return Err(RoomError::Banned);
        }
        if self.options.locked && !self.allows(caller, Permission::Lock) {
            return Err(RoomError::Locked);
        }
        Ok(())
    }

    /// Peers at most.
    pub(super) fn max_peers(&self) -> usize {
        self.options.max_peers.unwrap_or(usize::MAX).min(self.settings.max_peers)
    }
}
