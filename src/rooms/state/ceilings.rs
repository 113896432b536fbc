//! How much each client may send: its ceiling follows what it publishes. Shared screens have a bound for the whole room.

use super::{Op, State};
use crate::ids::{PeerId, TransportId};
use crate::media::protocol::{MediaKind, MediaRequest};
use crate::protocol::Source;

/// Whether a track is the picture of a screen; its sound comes along uncounted.
pub(super) fn is_screen(kind: MediaKind, source: Source) -> bool {
    kind == MediaKind::Video && source == Source::Screen
}

impl State {
    /// Tells a sending transport's worker what its client may send, now that what it carries has changed.
    pub(super) fn limit_sending(&mut self, owner: PeerId, id: TransportId) {
        let bitrates = self.settings.bitrates;
        let Some(peer) = self.peers.get_mut(&owner) else { return };
        let producers = peer.producers.values().filter(|producer| producer.transport == id);
        let bps = bitrates.ceiling(producers.map(|it| bitrates.of(it.kind, it.source, it.top_layer)));
        let Some(transport) = peer.transports.get_mut(&id) else { return };
        let router = transport.router;
        if std::mem::replace(&mut transport.ceiling, bps) != bps && self.has_router(router) {
            self.send(router, MediaRequest::SetMaxIncomingBitrate { transport: id, bps });
        }
    }

    /// Screens that are shared in the room, those included that are about to be.
    pub(super) fn screens(&self) -> usize {
        let there = self.peers.values().flat_map(|peer| peer.producers.values());
        let coming = self.ops.values().filter(|pending| match &pending.op {
            Op::Produce { request } => is_screen(request.kind, Source::of(&request.app_data)),
            _ => false,
        });
        there.filter(|producer| is_screen(producer.kind, producer.source)).count() + coming.count()
    }
}
