//! What of a peer's was muted beyond the producers that there are.

use super::peer::{Peer, Producer};
use crate::media::protocol::MediaKind;
use crate::protocol::{OwnMuted, Source};
use std::collections::BTreeSet;

/// Holds for what the peer will publish.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mutes {
    /// Whatever is of these kinds.
    pub kinds: BTreeSet<MediaKind>,
    /// Of producers that were muted one by one and are no more: what is published in their place is muted as they were.
    pub owed: BTreeSet<(MediaKind, Source)>,
}

impl Mutes {
    /// Whether such a producer begins muted.
    pub fn hold(&self, kind: MediaKind, source: Source) -> bool {
        self.kinds.contains(&kind) || self.owed.contains(&(kind, source))
    }

    /// The same of one that is there now; if it is in the place of another, that one's debt is paid.
    pub fn take(&mut self, kind: MediaKind, source: Source) -> bool {
        self.owed.remove(&(kind, source)) || self.kinds.contains(&kind)
    }

    /// A producer is no more: what it was muted for is not forgotten with it.
    pub fn outlive(&mut self, producer: &Producer) {
        if producer.muted && !self.kinds.contains(&producer.kind) {
            self.owed.insert((producer.kind, producer.source));
        }
    }

    /// Nothing of this kind is held back any more; false if nothing was.
    pub fn let_go(&mut self, kind: MediaKind) -> bool {
        let before = self.owed.len();
        self.owed.retain(|(of, _)| *of != kind);
        self.kinds.remove(&kind) || self.owed.len() < before
    }
}

impl Peer {
    /// All that its owner cannot resume.
    pub fn muted(&self) -> OwnMuted {
        let producers = self.producers.iter().filter(|(_, producer)| producer.muted);
        OwnMuted {
            kinds: self.mutes.kinds.iter().copied().collect(),
            producer_ids: producers.map(|(id, _)| *id).collect(),
        }
    }
}
