//! What outlives a peer in its call: leaving and coming again, or coming twice, changes nothing about it. It holds for the
//! user, until the room closes.

use crate::media::protocol::MediaKind;
use crate::protocol::{Caller, Role, UserId};
use crate::rooms::mutes::Mutes;
use crate::rooms::peer::Peer;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Users at most; if there are more, the first by their names are forgotten.
const MAX_USERS: usize = 10_000;

#[derive(Debug, Default)]
struct Of {
    mutes: Mutes,
    /// The last that somebody gave it.
    role: Option<Role>,
    banned: bool,
}

/// All users of whom there is something.
#[derive(Debug, Default)]
pub(super) struct Remembered(BTreeMap<UserId, Of>);

impl Remembered {
    fn of(&mut self, user: &UserId) -> &mut Of {
        if self.0.len() >= MAX_USERS && !self.0.contains_key(user) {
            self.0.pop_first();
        }
        self.0.entry(user.clone()).or_default()
    }

    /// A kind of the user's is muted, or let go of.
    pub fn mute(&mut self, user: &UserId, kind: MediaKind, muted: bool) {
        if muted {
            self.of(user).mutes.kinds.insert(kind);
        } else if let Some(of) = self.0.get_mut(user) {
            of.mutes.let_go(kind);
        }
    }

    /// A peer is gone.
    pub fn leaves(&mut self, peer: &Peer) {
        if !peer.mutes.owed.is_empty() {
            self.of(&peer.user_id).mutes.owed.extend(peer.mutes.owed.iter().copied());
        }
    }

    /// What of a user that comes is muted from the beginning; what is owed is owed by this peer from now on.
    pub fn mutes(&mut self, user: &UserId) -> Mutes {
        let Some(of) = self.0.get_mut(user) else { return Mutes::default() };
        Mutes { kinds: of.mutes.kinds.clone(), owed: std::mem::take(&mut of.mutes.owed) }
    }

    /// Somebody gave the user a role.
    pub fn role(&mut self, user: &UserId, role: Role) {
        self.of(user).role = Some(role);
    }

    /// Who comes, with the role that it was given here unless its own is less: nobody becomes more by a name alone.
    pub fn lowered(&self, user: &UserId, caller: &Arc<Caller>) -> Arc<Caller> {
        let given = self.0.get(user).and_then(|of| of.role);
        match given {
            Some(role) if role <= caller.role => Arc::new(Caller { role, permissions: None, ..Caller::clone(caller) }),
            Some(_) | None => Arc::clone(caller),
        }
    }

    /// The user stays outside from now on.
    pub fn ban(&mut self, user: &UserId) {
        self.of(user).banned = true;
    }

    pub fn is_banned(&self, user: &UserId) -> bool {
        self.0.get(user).is_some_and(|of| of.banned)
    }
}
