//! What peers say to each other, and what of it is kept: for who joins later, and for who was away.

use super::State;
use crate::ids::PeerId;
use crate::limits::Limit;
use crate::protocol::{Event, Message, MessageStamp, Permission, Reply, SendMessage};
use crate::rooms::RoomError;
use crate::rooms::command::Fresh;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

#[derive(Debug)]
struct Entry {
    /// Counts up: the order of messages of both kinds.
    number: u64,
    at: Instant,
    message: Arc<Message>,
}

/// The last messages. Those to one peer have places of their own, so that they don't push out the others.
#[derive(Debug, Default)]
pub(super) struct Kept {
    to_everybody: VecDeque<Entry>,
    to_one: VecDeque<Entry>,
    count: u64,
}

impl Kept {
    /// Keeps a message in place of the oldest of `max`.
    fn push(&mut self, message: Arc<Message>, now: Instant, max: usize) {
        let kept = if message.to.is_none() { &mut self.to_everybody } else { &mut self.to_one };
        kept.push_back(Entry { number: self.count, at: now, message });
        self.count += 1;
        while kept.len() > max {
            kept.pop_front();
        }
    }

    /// Those to everybody, oldest first.
    pub fn to_everybody(&self) -> Vec<Arc<Message>> {
        self.to_everybody.iter().map(|entry| Arc::clone(&entry.message)).collect()
    }

    /// What a peer cannot have got since a moment, oldest first. If the moment is not known, because nobody noticed that
    /// its socket was gone, all that it may not have got.
    pub fn missed_by(&self, peer: PeerId, since: Option<Instant>) -> Vec<Arc<Message>> {
        let entries = self.to_everybody.iter().chain(&self.to_one);
        let missed = entries.filter(|Entry { at, message, .. }| {
            since.is_none_or(|since| since <= *at) && message.peer_id != peer && message.to.is_none_or(|to| to == peer)
        });
        let mut missed: Vec<_> = missed.collect();
        missed.sort_by_key(|entry| entry.number);
        missed.into_iter().map(|entry| Arc::clone(&entry.message)).collect()
    }

    /// A peer is gone for good: nobody will ask for what was said to it alone.
    pub fn forget(&mut self, peer: PeerId) {
        self.to_one.retain(|entry| entry.message.to != Some(peer));
    }

    #[cfg(test)]
    pub fn len(&self) -> [usize; 2] {
        [self.to_everybody.len(), self.to_one.len()]
    }
}

impl State {
    pub(super) fn send_message(
        &mut self,
        sender: PeerId,
        fresh: Fresh,
        request: SendMessage,
        now: Instant,
    ) -> Result<Reply, RoomError> {
        self.check(sender, Permission::SendMessage)?;
        let SendMessage { to, topic, data } = request;
        let (max, rate) = (self.settings.max_message_bytes, self.settings.messages);
        if data.bytes() > max {
            return Err(RoomError::LimitExceeded { limit: Limit::MessageBytes, max });
        }
        if to.is_some_and(|to| to == sender || !self.peers.contains_key(&to)) {
            return Err(RoomError::PeerNotFound);
        }
        let peer = self.peers.get_mut(&sender).ok_or(RoomError::NotJoined)?;
        peer.messages.step(rate, now).map_err(|wait| RoomError::RateLimited { limit: Limit::Messages, wait })?;
        let stamp = MessageStamp::new(fresh.message, fresh.at);
        let message = Arc::new(Message {
            id: stamp.id,
            at: stamp.at.clone(),
            peer_id: sender,
            user_id: peer.user_id.clone(),
            display_name: peer.display_name.clone(),
            to,
            topic,
            data,
        });
        self.messages.push(Arc::clone(&message), now, self.settings.kept_messages);
        match to {
            Some(to) => self.tell(to, Event::Message(message)),
            None => self.tell_others(sender, Event::Message(message)),
        }
        Ok(Reply::Sent(stamp))
    }
}
