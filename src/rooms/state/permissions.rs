//! What a peer may do: as its role is now, checked when it asks and again before what it asked for is there.

use super::State;
use crate::ids::PeerId;
use crate::media::protocol::{MediaKind, MediaObject};
use crate::protocol::{Caller, Direction, Permission, Reason, Source};
use crate::rooms::RoomError;
use crate::rooms::any::AnyConsumer;

/// What it takes to publish such a track.
pub(super) fn to_publish(kind: MediaKind, source: Source) -> Permission {
    match (source, kind) {
        (Source::Screen, _) => Permission::PublishScreen,
        (Source::Person, MediaKind::Audio) => Permission::PublishAudio,
        (Source::Person, MediaKind::Video) => Permission::PublishVideo,
    }
}

/// Each of them needs a transport that sends.
const PUBLISHING: [Permission; 4] =
    [Permission::PublishAudio, Permission::PublishVideo, Permission::PublishScreen, Permission::PublishData];

impl State {
    /// Whether the caller has that permission here.
    pub(super) fn allows(&self, caller: &Caller, permission: Permission) -> bool {
        caller.permissions(&self.settings.roles).allow(permission)
    }

    /// The same of a peer, as an error.
    pub(super) fn check(&self, id: PeerId, permission: Permission) -> Result<(), RoomError> {
        let peer = self.peers.get(&id).ok_or(RoomError::NotJoined)?;
        if self.allows(&peer.caller, permission) { Ok(()) } else { Err(RoomError::Forbidden(permission)) }
    }

    /// Whether a transport that way is of any use to the peer.
    pub(super) fn check_direction(&self, id: PeerId, direction: Direction) -> Result<(), RoomError> {
        match direction {
            Direction::Recv => self.check(id, Permission::Subscribe),
            Direction::Send if PUBLISHING.iter().any(|permission| self.check(id, *permission).is_ok()) => Ok(()),
            Direction::Send => Err(RoomError::MayNotPublish),
        }
    }

    /// Closes what a peer has and may not have any more.
    pub(super) fn close_forbidden(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get(&id) else { return };
        let allowed = peer.caller.permissions(&self.settings.roles);
        let forbidden = peer.producers.iter().filter(|(_, it)| !allowed.allow(to_publish(it.kind, it.source)));
        let producers: Vec<_> = forbidden.map(|(id, _)| *id).collect();
        let channels = peer.data_producers.keys().filter(|_| !allowed.allow(Permission::PublishData));
        let channels: Vec<_> = channels.copied().collect();
        let received = peer.consumers.keys().map(|id| AnyConsumer::Track(*id));
        let received = received.chain(peer.data_consumers.keys().map(|id| AnyConsumer::Data(*id)));
        let received: Vec<_> = received.filter(|_| !allowed.allow(Permission::Subscribe)).collect();
        for producer in producers {
            self.end_producer(id, producer, Some(Reason::Forbidden));
        }
        for channel in channels {
            self.end_data_producer(id, channel, Some(Reason::Forbidden));
        }
        for consumer in received {
            if let Some(taken) = self.take_consumer(id, consumer) {
                self.close_media(taken.router, MediaObject::from(consumer));
                self.tell(id, taken.closed(Reason::Forbidden));
            }
        }
    }
}
