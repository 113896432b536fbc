//! Who speaks. The worker says who is heard most, by a measure that follows speech rather than volume: it does not say
//! when that ends, and of people who are all silent it names somebody, too. So it is believed about those who can be
//! heard at all.

use super::State;
use crate::ids::{ProducerId, RouterId};
use crate::media::protocol::AudioLevel;
use crate::protocol::{Event, Level, Speaker};

/// Looks in a row at which a speaker may be silent, as between two sentences.
const BREATH: u8 = 3;

/// What was heard last.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Who is heard most, as the worker says.
    most: Option<ProducerId>,
    /// Who speaks, as everybody was told.
    told: Option<ProducerId>,
    /// Looks at which that one was silent while somebody was heard.
    silent_for: u8,
}

impl Heard {
    /// Who speaks, now that these are heard, the loudest first.
    fn speaker(&mut self, heard: &[AudioLevel]) -> Option<ProducerId> {
        let audible = |id: ProducerId| heard.iter().any(|level| level.producer == id);
        self.silent_for = if self.told.is_none_or(audible) { 0 } else { self.silent_for.saturating_add(1) };
        let loudest = heard.first().map(|level| level.producer)?;
        let goes_on = self.told.filter(|_| self.silent_for < BREATH);
        Some(self.most.filter(|most| audible(*most)).or(goes_on).unwrap_or(loudest))
    }
}

impl State {
    /// Heard of at the next look.
    pub(super) fn speaker_changed(&mut self, router: RouterId, producer: ProducerId) {
        if self.home == Some(router) {
            self.heard.most = Some(producer);
        }
    }

    pub(super) fn levels_heard(&mut self, router: RouterId, mut levels: Vec<AudioLevel>) {
        if self.home != Some(router) {
            return;
        }
        levels.retain(|level| self.owners.contains_key(&level.producer));
        if self.settings.audio_levels {
            let level = |level: &AudioLevel| {
                let peer_id = *self.owners.get(&level.producer)?;
                Some(Level { peer_id, producer_id: level.producer, dbov: level.dbov })
            };
            let levels = levels.iter().filter_map(level).collect();
            self.tell_all(|_| true, Event::AudioLevels { levels });
        }
        let speaker = self.heard.speaker(&levels);
        self.tell_speaker(speaker);
    }

    pub(super) fn heard_no_more(&mut self, producer: ProducerId) {
        if self.heard.most == Some(producer) {
            self.heard.most = None;
        }
        if self.heard.told == Some(producer) {
            self.tell_speaker(None);
        }
    }

    /// All producers are gone.
    pub(super) fn forget_heard(&mut self) {
        self.heard.most = None;
        self.tell_speaker(None);
    }

    pub(super) fn speaker(&self) -> Option<Speaker> {
        let producer = self.heard.told?;
        let peer = self.owners.get(&producer)?;
        Some(Speaker { peer_id: Some(*peer), producer_id: Some(producer) })
    }

    fn tell_speaker(&mut self, speaking: Option<ProducerId>) {
        if self.settings.active_speaker && self.heard.told != speaking {
            (self.heard.told, self.heard.silent_for) = (speaking, 0);
            let speaker = self.speaker().unwrap_or_default();
            self.tell_all(|_| true, Event::ActiveSpeaker(speaker));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels<const N: usize>(producers: [ProducerId; N]) -> [AudioLevel; N] {
        producers.map(|producer| AudioLevel { producer, dbov: -20 })
    }

    fn look<const N: usize>(heard: &mut Heard, producers: [ProducerId; N]) -> Option<ProducerId> {
        heard.told = heard.speaker(&levels(producers));
        heard.told
    }

    #[test]
    fn whom_the_worker_names_speaks_if_heard_at_all() {
        let (mut heard, [a, b]) = (Heard::default(), [(); 2].map(|()| ProducerId::random()));
        assert_eq!(look(&mut heard, []), None);
        heard.most = Some(b);
        assert_eq!(look(&mut heard, [a]), Some(a));
        assert_eq!(look(&mut heard, [a, b]), Some(b), "not the loudest");
        assert_eq!(look(&mut heard, []), None);
        assert_eq!(look(&mut heard, [b]), Some(b), "again after a silence");
    }

    #[test]
    fn a_breath_does_not_end_a_speech() {
        let (mut heard, [a, noise]) = (Heard::default(), [(); 2].map(|()| ProducerId::random()));
        heard.most = Some(a);
        assert_eq!(look(&mut heard, [a]), Some(a));
        let others = [(); 4].map(|()| look(&mut heard, [noise]));
        assert_eq!(others, [Some(a), Some(a), Some(noise), Some(noise)]);
    }
}
