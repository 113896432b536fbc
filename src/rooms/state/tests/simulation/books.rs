//! What the books are told, held against what is there: every coming has its going, and the end comes last.

use super::super::*;
use std::collections::BTreeSet;

#[derive(Default)]
pub(super) struct Books {
    opened: bool,
    inside: BTreeSet<PeerId>,
    closed: bool,
}

impl Books {
    pub fn write(&mut self, happening: Happening) {
        assert!(!self.closed, "told after the end: {happening:?}");
        assert!(self.opened != matches!(happening, Happening::Opened), "the beginning is told first, and once");
        match happening {
            Happening::Opened => self.opened = true,
            Happening::Joined { peer_id, .. } => assert!(self.inside.insert(peer_id), "came twice: {peer_id}"),
            Happening::Left { peer_id, .. } => assert!(self.inside.remove(&peer_id), "was not there: {peer_id}"),
            Happening::Moderated { .. } => {}
            Happening::Quality(warning) => assert!(self.inside.contains(&warning.peer_id), "{warning:?}"),
            Happening::Closed { .. } => {
                assert!(self.inside.is_empty(), "left behind: {:?}", self.inside);
                self.closed = true;
            }
        }
    }

    pub fn check(&self, state: &State) {
        assert_eq!(self.inside, state.peers.keys().copied().collect());
        assert_eq!(self.closed, state.closed() && state.was_open());
    }
}
