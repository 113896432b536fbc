//! Who speaks. The worker says who is heard most, but not when that ends, and it says how loud everybody is: silence is
//! when nobody is loud.

use super::State;
use crate::ids::{ProducerId, RouterId};
use crate::media::protocol::AudioLevel;
use crate::protocol::{Event, Level, Speaker};

/// What was heard last.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Who was heard most, be it now or before the silence.
    most: Option<ProducerId>,
    anybody: bool,
    /// What everybody was told.
    told: Option<ProducerId>,
}

impl State {
    pub(super) fn speaker_changed(&mut self, router: RouterId, producer: ProducerId) {
        if self.home == Some(router) {
            self.heard.most = Some(producer);
            self.tell_speaker();
        }
    }

    pub(super) fn levels_heard(&mut self, router: RouterId, levels: &[AudioLevel]) {
        if self.home != Some(router) {
            return;
        }
        self.heard.anybody = !levels.is_empty();
        if self.settings.audio_levels {
            let level = |level: &AudioLevel| {
                let peer_id = *self.owners.get(&level.producer)?;
                Some(Level { peer_id, producer_id: level.producer, dbov: level.dbov })
            };
            let levels = levels.iter().filter_map(level).collect();
            self.tell_all(|_| true, Event::AudioLevels { levels });
        }
        self.tell_speaker();
    }

    /// A producer is gone, or its router with all of them.
    pub(super) fn heard_no_more(&mut self, producer: ProducerId) {
        if self.heard.most == Some(producer) {
            self.heard.most = None;
            self.tell_speaker();
        }
    }

    pub(super) fn forget_heard(&mut self) {
        (self.heard.most, self.heard.anybody) = (None, false);
        self.tell_speaker();
    }

    pub(super) fn speaker(&self) -> Option<Speaker> {
        let producer = self.heard.told?;
        let peer = self.owners.get(&producer)?;
        Some(Speaker { peer_id: Some(*peer), producer_id: Some(producer) })
    }

    fn tell_speaker(&mut self) {
        let speaking = self.heard.most.filter(|id| self.heard.anybody && self.owners.contains_key(id));
        if self.settings.active_speaker && self.heard.told != speaking {
            self.heard.told = speaking;
            let speaker = self.speaker().unwrap_or_default();
            self.tell_all(|_| true, Event::ActiveSpeaker(speaker));
        }
    }
}
