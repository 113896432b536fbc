//! Who comes where and when: all of it follows from the scenario and its seed.

use super::lot::Lot;
use crate::scenario::Scenario;
use crate::target::Place;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// Which participants of a scenario are this process' affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From 0.
    pub index: u32,
    /// How many parts there are.
    pub of: NonZeroU32,
}

impl FromStr for Part {
    type Err = &'static str;

    /// `1/4` is the first of four.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "a part is 1/4, from 1/4 to 4/4";
        let (index, of) = text.split_once('/').ok_or(SHAPE)?;
        let (index, of): (u32, NonZeroU32) = index.parse().ok().zip(of.parse().ok()).ok_or(SHAPE)?;
        if (1..=of.get()).contains(&index) { Ok(Self { index: index - 1, of }) } else { Err(SHAPE) }
    }
}

impl Default for Part {
    fn default() -> Self {
        Self { index: 0, of: NonZeroU32::MIN }
    }
}

/// One of the participants.
#[derive(Debug, Clone, PartialEq)]
pub struct Seat {
    /// Its number in the whole run, from 0.
    pub number: u64,
    /// When it comes first, after the beginning.
    pub arrives: Duration,
    /// Where it takes part.
    pub place: Place,
}

impl Part {
    /// How many of a scenario's participants are in it.
    pub fn participants(self, scenario: &Scenario) -> usize {
        let (all, of, index) = (scenario.participants(), u64::from(self.of.get()), u64::from(self.index));
        usize::try_from((all + of - 1 - index) / of).unwrap_or(usize::MAX)
    }
}

/// A part's participants in the order of their coming: publishers before viewers, rooms in turn.
pub fn seats(scenario: &Scenario, call_prefix: &str, part: Part) -> Vec<Seat> {
    let in_room = scenario.publishers + scenario.viewers;
    let places = (0..in_room).flat_map(|number| (0..scenario.rooms).map(move |room| (room, number)));
    let numbered = (0_u64..).zip(places);
    let ours = numbered.filter(|(seat, _)| seat % u64::from(part.of.get()) == u64::from(part.index));
    ours.map(|(seat, (room, number))| Seat {
        number: seat,
        arrives: Duration::from_secs_f64(seat as f64 / scenario.joins_per_second),
        place: place(scenario, call_prefix, seat, room, number),
    })
    .collect()
}

fn place(scenario: &Scenario, call_prefix: &str, seat: u64, room: u32, number: u32) -> Place {
    let watches = scenario.subscribe.limit.map(|limit| {
        let mut others: Vec<_> = (0..scenario.publishers).filter(|other| *other != number).collect();
        Lot::new(scenario.seed, seat).choose(&mut others, limit);
        others
    });
    Place {
        kind: scenario.kind,
        call: format!("{call_prefix}-{room}"),
        room,
        user: format!("{call_prefix}-{room}-{number}"),
        number,
        publish: (number < scenario.publishers).then(|| scenario.publish.clone()),
        subscribe: scenario.subscribe.clone(),
        watches,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::built_in;

    fn scenario() -> Scenario {
        let mut scenario = built_in("meeting").expect("is there");
        (scenario.rooms, scenario.publishers, scenario.viewers) = (3, 2, 2);
        scenario.subscribe.limit = Some(1);
        scenario
    }

    #[test]
    fn parts_are_all_of_it_and_nobody_twice() {
        let scenario = scenario();
        let whole = seats(&scenario, "load", Part::default());
        assert_eq!(whole.len(), 12);
        let of = NonZeroU32::new(5).expect("is not zero");
        let mut parts = Vec::new();
        for index in 0..5 {
            let part = Part { index, of };
            let seats = seats(&scenario, "load", part);
            assert_eq!(part.participants(&scenario), seats.len());
            parts.extend(seats);
        }
        parts.sort_by_key(|seat| seat.number);
        assert_eq!(parts, whole);
    }

    #[test]
    fn who_is_watched_follows_from_the_seed() {
        let mut scenario = scenario();
        scenario.publishers = 20;
        let watched = |scenario: &Scenario| -> Vec<_> {
            seats(scenario, "load", Part::default()).into_iter().map(|seat| seat.place.watches).collect()
        };
        let before = watched(&scenario);
        assert_eq!(before, watched(&scenario));
        assert!(before.iter().all(|watches| watches.as_ref().is_some_and(|watches| watches.len() == 1)));
        scenario.seed += 1;
        assert_ne!(before, watched(&scenario));
    }

    #[test]
    fn nobody_watches_itself() {
        for seat in seats(&scenario(), "load", Part::default()) {
            assert!(!seat.place.wants(seat.place.number));
        }
    }
}
