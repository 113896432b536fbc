//! Which of the others' tracks a participant receives.

use crate::target::Place;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// A track of somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub producer: String,
    pub peer: String,
    pub video: bool,
    /// The publisher's number in the room, if it is one of this program's.
    number: Option<u32>,
}

impl Offered {
    /// Of `newProducer`, or of one in `joinRoom`'s `peers`, whose peer is named beside it.
    pub fn read(payload: &Value, peer: &Value) -> Self {
        Self {
            producer: payload["producerId"].as_str().unwrap_or_default().to_owned(),
            peer: peer.as_str().unwrap_or_default().to_owned(),
            video: payload["kind"] == "video",
            number: payload["appData"]["number"].as_u64().and_then(|number| u32::try_from(number).ok()),
        }
    }
}

/// What there is, and what of it is wanted.
pub struct Choice {
    offered: BTreeMap<String, Offered>,
    /// Whose video is wanted, who spoke last first; nothing: everybody's.
    seen: Option<VecDeque<String>>,
    most: usize,
}

impl Choice {
    pub fn new(place: &Place) -> Self {
        let most = place.subscribe.active_speakers;
        Self {
            offered: BTreeMap::new(),
            seen: most.map(|_| VecDeque::new()),
            most: most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX)),
        }
    }

    /// Takes in what is offered, unless it is somebody's who is not watched.
    pub fn offer(&mut self, place: &Place, offered: Offered) {
        if offered.number.is_none_or(|number| place.wants(number)) {
            // Until more have spoken, those are seen who came first.
            if let Some(seen) = self.seen.as_mut().filter(|seen| offered.video && seen.len() < self.most)
                && !seen.contains(&offered.peer)
            {
                seen.push_back(offered.peer.clone());
            }
            self.offered.insert(offered.producer.clone(), offered);
        }
    }

    /// Forgets what is not offered any more.
    pub fn withdraw(&mut self, producer: &str) {
        self.offered.remove(producer);
    }

    /// Somebody speaks.
    pub fn hear(&mut self, peer: &str) {
        let has_video = self.offered.values().any(|offered| offered.video && offered.peer == peer);
        if let Some(seen) = self.seen.as_mut().filter(|_| has_video) {
            seen.retain(|other| other != peer);
            seen.push_front(peer.to_owned());
            seen.truncate(self.most);
        }
    }

    /// Somebody has left.
    pub fn lose(&mut self, peer: &str) {
        if let Some(seen) = &mut self.seen {
            seen.retain(|other| other != peer);
        }
    }

    /// What is to be received now, by producer.
    pub fn wanted(&self) -> impl Iterator<Item = &Offered> {
        self.offered
            .values()
            .filter(|offered| !offered.video || self.seen.as_ref().is_none_or(|seen| seen.contains(&offered.peer)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::seats;
    use crate::scenario::built_in;
    use serde_json::json;

    fn place(change: impl FnOnce(&mut crate::scenario::Scenario)) -> Place {
        let mut scenario = built_in("meeting").expect("is there");
        change(&mut scenario);
        seats(&scenario, "load", crate::run::Part::default()).remove(0).place
    }

    fn offered(number: u32, kind: &str) -> Offered {
        let payload = json!({ "producerId": format!("{kind}{number}"), "kind": kind, "appData": { "number": number } });
        Offered::read(&payload, &json!(format!("peer{number}")))
    }

    fn wanted(choice: &Choice) -> Vec<&str> {
        choice.wanted().map(|offered| offered.producer.as_str()).collect()
    }

    #[test]
    fn of_all_others_everything_is_wanted_unless_a_lot_was_drawn() {
        let all = place(|_| {});
        let mut choice = Choice::new(&all);
        (0..4).for_each(|number| choice.offer(&all, offered(number, "video")));
        assert_eq!(wanted(&choice), ["video1", "video2", "video3"]);

        let some = place(|scenario| scenario.subscribe.limit = Some(2));
        let mut choice = Choice::new(&some);
        (0..5).for_each(|number| choice.offer(&some, offered(number, "audio")));
        assert_eq!(wanted(&choice).len(), 2);
    }

    #[test]
    fn who_spoke_last_is_seen_and_everybody_is_heard() {
        let place = place(|scenario| scenario.subscribe.active_speakers = Some(2));
        let mut choice = Choice::new(&place);
        for number in 1..=4 {
            choice.offer(&place, offered(number, "audio"));
            choice.offer(&place, offered(number, "video"));
        }
        let audio = ["audio1", "audio2", "audio3", "audio4"];
        assert_eq!(wanted(&choice), [&audio[..], &["video1", "video2"]].concat());
        choice.hear("peer4");
        assert_eq!(wanted(&choice), [&audio[..], &["video1", "video4"]].concat());
        choice.hear("peer3");
        assert_eq!(wanted(&choice), [&audio[..], &["video3", "video4"]].concat());
        choice.lose("peer4");
        choice.withdraw("audio1");
        assert_eq!(wanted(&choice), ["audio2", "audio3", "audio4", "video3"]);
    }
}
