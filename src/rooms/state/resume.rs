//! A socket that is lost does not take its peer along: for a while the peer may go on over another one.

use super::{Ask, State, Timer};
use crate::ids::{PeerId, SessionId};
use crate::protocol::{Event, JoinRoom, Joined, Reason, Reply, ResumeToken};
use crate::rooms::RoomError;
use crate::rooms::command::Output;
use crate::rooms::peer::Peer;
use std::sync::Arc;
use std::time::Instant;

impl State {
    /// A session's connection is gone: its peer has its time to come back.
    pub(super) fn disconnected(&mut self, session: SessionId, now: Instant) {
        let Some(id) = self.sessions.get(&session).copied() else { return };
        if self.settings.resume_grace.is_zero() {
            return self.leave(id, Reason::Disconnected, now);
        }
        self.sessions.remove(&session);
        self.outputs.push(Output::Release(session));
        let Some(peer) = self.peers.get_mut(&id) else { return };
        peer.session = None;
        peer.gone_since = Some(now);
        let tag = peer.tag();
        self.timers.insert((now + self.settings.resume_grace, Timer::Grace(id)));
        self.tell_others(id, Event::PeerReconnecting(tag));
    }

    /// A peer's time to come back may be over: unless it came back, or went again since.
    pub(super) fn grace_over(&mut self, id: PeerId, now: Instant) {
        let gone_since = self.peers.get(&id).and_then(|peer| peer.gone_since);
        if gone_since.is_some_and(|since| since + self.settings.resume_grace <= now) {
            self.leave(id, Reason::Disconnected, now);
        }
    }

    /// Takes a peer over: everything it has is still there. Of two sessions that do so the newer wins.
    pub(super) fn resume(
        &mut self,
        ask: &Ask,
        token: &ResumeToken,
        request: &JoinRoom,
        now: Instant,
    ) -> Result<Reply, RoomError> {
        let peer = self.peers.get_mut(&token.peer()).ok_or(RoomError::ResumeRefused)?;
        // Who it is has to be known in the same way: a name that a client gives is no token's.
        let same = peer.user_id == request.user_id && peer.caller.user_id == ask.caller.user_id;
        if !peer.token.matches(token) || !same {
            return Err(RoomError::ResumeRefused);
        }
        // The token may be a newer one; what the peer is here does not change by that.
        peer.shown = Arc::clone(&ask.caller);
        let (id, tag, session) = (peer.id, peer.tag(), ask.session);
        let older = peer.session.replace(session);
        let gone_since = peer.gone_since.take();
        peer.heard = now;
        self.sessions.insert(session, id);
        match older {
            Some(older) => {
                self.sessions.remove(&older);
                let kicked = Event::Kicked { reason: Reason::ResumedElsewhere, by: None };
                self.outputs.push(Output::Tell(vec![older], kicked));
                self.outputs.push(Output::Release(older));
            }
            None => self.tell_others(id, Event::PeerResumed(tag)),
        }
        let peer = &self.peers[&id];
        let own = peer.own(|producer| self.paused(producer));
        Ok(Reply::Joined(Box::new(Joined {
            peer_id: id,
            resume_token: peer.token,
            resumed: true,
            own: Some(own),
            role: peer.role(),
            permissions: peer.caller.permissions(&self.settings.roles).into_owned(),
            locked: self.options.locked,
            peers: self.others(id),
            messages: self.messages.missed_by(id, gone_since),
            ice_servers: Arc::default(),
            active_speaker: self.speaker(),
        })))
    }

    /// The same user comes as a new peer, as after a reload of its page: its older self, which nobody is connected to,
    /// makes room.
    pub(super) fn replace_older_selves(&mut self, request: &JoinRoom, now: Instant) {
        let older = self.peers.values().filter(|peer| peer.session.is_none() && peer.user_id == request.user_id);
        let older: Vec<_> = older.map(|peer| peer.id).collect();
        for peer in older {
            self.leave(peer, Reason::Replaced, now);
        }
    }

    /// Everybody but one, in the order in which they came.
    pub(super) fn others(&self, id: PeerId) -> Vec<crate::protocol::PeerInfo> {
        let mut others: Vec<_> = self.peers.values().filter(|peer| peer.id != id).collect();
        others.sort_by_key(|peer| peer.joined);
        others.into_iter().map(Peer::info).collect()
    }
}
