//! Muting: who is muted cannot be heard or seen, whatever its client does, until it is let go of; and then it is its
//! owner's to go on. In the books a producer is muted at once, so that nothing its owner asks from then on resumes it.
//! What the owner asked before is carried out before: workers keep the order of what they are asked.

use super::{Op, State};
use crate::ids::{PeerId, ProducerId};
use crate::media::protocol::{MediaError, MediaReply, MediaRequest};
use crate::protocol::{Event, MutePeer, MuteTarget, Muting, Reason};
use crate::rooms::RoomError;
use crate::rooms::command::OpId;

impl State {
    /// Mutes something of a peer's, or lets go of it; false if it was so already.
    pub(super) fn mute(&mut self, by: Option<PeerId>, request: &MutePeer) -> Result<bool, RoomError> {
        let target = request.target().ok_or(RoomError::OneTarget)?;
        let peer = self.peers.get_mut(&request.peer_id).ok_or(RoomError::NoSuchPeer)?;
        let mut changed = false;
        let producers: Vec<_> = match target {
            MuteTarget::ProducerId(id) if peer.producers.contains_key(&id) => vec![id],
            MuteTarget::ProducerId(_) => return Err(RoomError::ProducerNotFound),
            MuteTarget::Kind(kind) => {
                changed = if request.muted { peer.mutes.kinds.insert(kind) } else { peer.mutes.let_go(kind) };
                peer.producers.iter().filter(|(_, producer)| producer.kind == kind).map(|(id, _)| *id).collect()
            }
        };
        for id in producers {
            let Some(producer) = self.peers.get_mut(&request.peer_id).and_then(|peer| peer.producers.get_mut(&id))
            else {
                continue;
            };
            if std::mem::replace(&mut producer.muted, request.muted) != request.muted {
                changed = true;
                if request.muted {
                    self.pause_muted(request.peer_id, id);
                }
            }
        }
        if let MuteTarget::Kind(kind) = target
            && let Some(peer) = self.peers.get(&request.peer_id)
        {
            self.remembered.mute(&peer.user_id, kind, request.muted);
        }
        if changed {
            let muting = Muting { target, by };
            self.tell(request.peer_id, if request.muted { Event::Muted(muting) } else { Event::Unmuted(muting) });
        }
        Ok(changed)
    }

    /// Also one that is paused in the books: its owner may have asked to resume it.
    pub(super) fn pause_muted(&mut self, owner: PeerId, producer: ProducerId) {
        if let Ok(router) = self.own_producer(owner, producer) {
            self.run(None, router, Op::Mute { producer }, MediaRequest::PauseProducer(producer));
        }
    }

    /// The worker has paused a muted producer, or will not: then the producer goes, rather than being heard.
    pub(super) fn mute_done(&mut self, op: OpId, id: ProducerId, result: Result<MediaReply, MediaError>) {
        let Some(owner) = self.owners.get(&id).copied() else { return };
        match result {
            // Who asked to mute it has its answer, and the owner may have closed it meanwhile.
            Ok(_) => drop(self.producer_paused(op, owner, id, true, result)),
            Err(error) => {
                tracing::warn!(producer = %id, %error, "a muted producer could not be paused and is closed: {error}");
                self.end_producer(owner, id, Some(Reason::Forbidden));
            }
        }
    }

    /// Who comes anew is told what of it is muted, once it knows that it is in.
    pub(super) fn repeat_mutes(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get(&id) else { return };
        let kinds: Vec<_> = peer.mutes.kinds.iter().copied().collect();
        for kind in kinds {
            self.tell(id, Event::Muted(Muting { target: MuteTarget::Kind(kind), by: None }));
        }
    }
}
