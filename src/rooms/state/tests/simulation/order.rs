//! People of every role who keep order or try to, and what must hold whatever they do.

use super::super::*;
use super::World;
use crate::media::protocol::MediaKind;
use crate::protocol::{KickPeer, LockRoom, Moderation, MutePeer, Permission, Permissions, SetPeerRole};
use crate::rooms::state::permissions::to_publish;
use std::collections::HashMap;

/// Who was in the room before a step, and as what.
pub(super) type Ranks = BTreeMap<PeerId, (Option<SessionId>, Arc<Caller>)>;

/// One of each role, and one more; now and then with permissions of its own.
pub(super) fn callers(random: &mut random::Random, sessions: &[SessionId]) -> HashMap<SessionId, Arc<Caller>> {
    let roles = [Role::Host, Role::Moderator, Role::Participant, Role::Participant, Role::Viewer];
    let mut caller = |role| {
        let some: Permissions = Permission::ALL.into_iter().filter(|_| !random.once_in(3)).collect();
        Arc::new(Caller { permissions: random.once_in(5).then_some(some), ..Caller::anonymous(role, None) })
    };
    sessions.iter().zip(roles).map(|(session, role)| (*session, caller(role))).collect()
}

impl World {
    pub(super) fn ranks(&self) -> Ranks {
        self.state.peers.values().map(|peer| (peer.id, (peer.session, Arc::clone(&peer.caller)))).collect()
    }

    pub(super) fn keep_order(&mut self, session: SessionId) {
        let action = self.moderation();
        match self.random.below(12) {
            0 => {
                let (ticket, operator) = (self.ticket(), self.random.once_in(2));
                let caller = Caller { operator, ..Caller::anonymous(Role::Moderator, None) };
                self.give(Input::Moderate { ticket, caller: Arc::new(caller), action });
            }
            1 => {
                let (max_peers, locked) = (self.random.once_in(2).then_some(3), self.locks());
                self.give(Input::Options(RoomOptions { max_peers, locked }));
            }
            2 if self.random.once_in(4) => self.give(Input::Expelled(session)),
            2 if self.random.once_in(4) => {
                let revoked = self.random.choose(self.state.peers.keys().copied()).into_iter().collect();
                self.give(Input::Revoked(revoked));
            }
            _ => self.ask(session, Request::Moderate(action)),
        }
    }

    /// Seldom, or nobody comes in.
    fn locks(&mut self) -> bool {
        self.random.once_in(4)
    }

    fn moderation(&mut self) -> Moderation {
        let peers: Vec<_> = self.state.peers.keys().copied().collect();
        let peer_id = self.random.choose(peers).unwrap_or_else(|| self.random.id());
        match self.random.below(20) {
            0..3 => Moderation::Kick(KickPeer { peer_id, ban: self.random.once_in(8) }),
            3..12 => {
                let kind = if self.random.once_in(2) { MediaKind::Audio } else { MediaKind::Video };
                let own = self.state.peers.get(&peer_id).into_iter().flat_map(|peer| peer.producers.keys().copied());
                let producer_id = self.random.choose(own).filter(|_| self.random.once_in(2));
                let kind = producer_id.is_none().then_some(kind);
                Moderation::Mute(MutePeer { peer_id, producer_id, kind, muted: !self.random.once_in(3) })
            }
            12..16 => {
                let role = self.random.choose(Role::ALL).expect("one of them");
                Moderation::SetRole(SetPeerRole { peer_id, role })
            }
            16 if self.random.once_in(20) => Moderation::Close,
            _ => Moderation::Lock(LockRoom { locked: self.locks() }),
        }
    }

    /// Nobody acts upon itself or upon who is more, and only with the permission to.
    pub(super) fn order_is_kept(&self, before: &Ranks, outputs: &[Output]) {
        for output in outputs {
            let Output::Tell(sessions, event) = output else { continue };
            let (by, permission, upon) = match event {
                Event::Kicked { by: Some(by), .. } => (by, Permission::Kick, None),
                Event::Muted(muting) | Event::Unmuted(muting) => match &muting.by {
                    Some(by) => (by, Permission::Mute, None),
                    None => continue,
                },
                Event::PeerRoleChanged(change) => {
                    assert_eq!(change.permissions, *Roles::default().of(change.role));
                    match &change.by {
                        Some(by) => (by, Permission::SetRole, Some(change.peer_id)),
                        None => continue,
                    }
                }
                Event::RoomLocked { by: Some(by), .. } => (by, Permission::Lock, None),
                _ => continue,
            };
            let (_, moderator) = &before[by];
            assert!(moderator.permissions(&Roles::default()).allow(permission), "{event:?} by {moderator:?}");
            let told =
                before.iter().find(|(_, (session, _))| session.is_some() && *session == sessions.first().copied());
            let upon = upon.or(told.map(|(id, _)| *id));
            if let (Some(upon), false) = (upon, permission == Permission::Lock) {
                assert!(upon != *by && before[&upon].1.role <= moderator.role, "{event:?} by {moderator:?}");
            }
        }
    }

    /// Nobody has what it may not have, and nothing that is muted goes on.
    pub(super) fn order_holds(&self) {
        let roles = Roles::default();
        for peer in self.state.peers.values() {
            let allowed = peer.caller.permissions(&roles);
            assert!(peer.producers.values().all(|it| allowed.allow(to_publish(it.kind, it.source))), "{}", peer.id);
            assert!(peer.data_producers.is_empty() || allowed.allow(Permission::PublishData), "{}", peer.id);
            let receives = !peer.consumers.is_empty() || !peer.data_consumers.is_empty();
            assert!(!receives || allowed.allow(Permission::Subscribe), "{}", peer.id);
            peer.producers.iter().filter(|(_, producer)| producer.muted).for_each(|(id, _)| self.is_silent(*id));
        }
    }

    /// Paused in its worker, or about to be: what its owner asked before is carried out before.
    fn is_silent(&self, id: ProducerId) {
        let Some(home) = self.state.home.and_then(|home| self.model.routers.get(&home)) else { return };
        let coming =
            self.state.ops.values().any(|pending| matches!(pending.op, Op::Mute { producer } if producer == id));
        assert!(coming || home.paused.contains(&id), "muted, and goes on: {id}");
    }
}
