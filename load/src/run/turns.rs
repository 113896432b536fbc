//! Who speaks when speakers take turns. It follows from the time of day, so that several processes agree on it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a turn lasts.
const TURN: Duration = Duration::from_secs(3);

/// Turns in a room of so many publishers of whom so many speak at a time.
#[derive(Debug, Clone, Copy)]
pub struct Turns {
    /// Those who take turns.
    pub publishers: u32,
    /// How many of them speak at a time.
    pub speakers: u32,
}

impl Turns {
    /// Whether it is that publisher's turn: in each, one begins and one that has been longest is silent again.
    pub fn is_speaking(self, number: u32, turn: u64) -> bool {
        let publishers = u64::from(self.publishers.max(1));
        let since_begun = (turn % publishers + publishers - u64::from(number) % publishers) % publishers;
        since_begun < u64::from(self.speakers)
    }
}

/// The turn that it is, and how long it still lasts.
pub fn now() -> (u64, Duration) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let turn = TURN.as_millis();
    let left = turn - since % turn;
    (u64::try_from(since / turn).unwrap_or_default(), Duration::from_millis(u64::try_from(left).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_speak_as_should_and_everybody_in_turn() {
        let turns = Turns { publishers: 5, speakers: 2 };
        for turn in 0..20 {
            assert_eq!((0..5).filter(|number| turns.is_speaking(*number, turn)).count(), 2);
        }
        for number in 0..5 {
            assert_eq!((0..5).filter(|turn| turns.is_speaking(number, *turn)).count(), 2);
        }
    }

    #[test]
    fn all_speak_if_there_are_no_more() {
        assert!((0..3).all(|number| Turns { publishers: 3, speakers: 8 }.is_speaking(number, 17)));
    }
}
