//! Which packets of a stream came, and which should have (RFC 3550, A.1 and A.3).

/// Packets that may be missing in one row.
const MOST_MISSING: u16 = 3000;
/// Packets back from the latest one that are remembered.
const REMEMBERED: u64 = 1024;
const WORDS: usize = (REMEMBERED / 64) as usize;

/// A stream's sequence numbers so far.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    /// The highest, extended beyond 16 bits; nothing before the first packet.
    highest: Option<u64>,
    /// A bit for each of the last that came, by extended number.
    came: [u64; WORDS],
    /// After a jump: what would follow.
    elsewhere: Option<u16>,
}

/// What a packet's number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noted {
    /// It was not there before; so many more packets are known to have been sent.
    New { expected: u64 },
    /// It came before.
    Duplicate,
    /// It is out of all order, and not counted unless the next one follows it.
    Jump,
}

impl Sequence {
    /// Takes in a packet.
    pub fn note(&mut self, number: u16) -> Noted {
        let Some(highest) = self.highest else { return self.begin(number) };
        let ahead = number.wrapping_sub(highest as u16);
        if ahead == 0 {
            return Noted::Duplicate;
        }
        if ahead < MOST_MISSING {
            let next = highest + u64::from(ahead);
            self.forget(highest + 1, next);
            (self.highest, self.elsewhere) = (Some(next), None);
            self.mark(next);
            return Noted::New { expected: ahead.into() };
        }
        let behind = u64::from(ahead.wrapping_neg());
        if behind < REMEMBERED {
            // The extended numbers begin far enough up for that.
            let late = highest - behind;
            return if self.mark(late) { Noted::New { expected: 0 } } else { Noted::Duplicate };
        }
        if self.elsewhere == Some(number) {
            return self.begin(number);
        }
        self.elsewhere = Some(number.wrapping_add(1));
        Noted::Jump
    }

    fn begin(&mut self, number: u16) -> Noted {
        let first = u64::from(number) + (1 << 16);
        // What came before the first was not missing.
        *self = Self { highest: Some(first), came: [u64::MAX; WORDS], elsewhere: None };
        Noted::New { expected: 1 }
    }

    /// Whether it was not marked before.
    fn mark(&mut self, number: u64) -> bool {
        let (word, bit) = place(number);
        let fresh = self.came[word] & bit == 0;
        self.came[word] |= bit;
        fresh
    }

    fn forget(&mut self, from: u64, to: u64) {
        for number in from.max(to.saturating_sub(REMEMBERED - 1))..=to {
            let (word, bit) = place(number);
            self.came[word] &= !bit;
        }
    }
}

fn place(number: u64) -> (usize, u64) {
    ((number % REMEMBERED / 64) as usize, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected, received and duplicates of packets in this order.
    fn count(numbers: impl IntoIterator<Item = u16>) -> (u64, u64, u64) {
        let (mut sequence, mut all) = (Sequence::default(), (0, 0, 0));
        for number in numbers {
            match sequence.note(number) {
                Noted::New { expected } => all = (all.0 + expected, all.1 + 1, all.2),
                Noted::Duplicate => all.2 += 1,
                Noted::Jump => {}
            }
        }
        all
    }

    #[test]
    fn a_whole_stream_is_what_was_expected_also_beyond_16_bits() {
        assert_eq!(count((0..200_000_u32).map(|at| (at + 65_000) as u16)), (200_000, 200_000, 0));
    }

    #[test]
    fn every_twentieth_lost_is_five_in_a_hundred() {
        let numbers = (0..100_000_u32).filter(|at| at % 20 != 10).map(|at| at as u16);
        assert_eq!(count(numbers), (100_000, 95_000, 0));
    }

    #[test]
    fn late_ones_are_counted_once() {
        assert_eq!(count([10, 12, 13, 11, 11, 13]), (4, 4, 2));
        assert_eq!(count([65_534, 1, 65_535, 0, 0]), (4, 4, 1));
    }

    #[test]
    fn what_was_sent_before_the_first_one_is_no_gain() {
        assert_eq!(count([10, 9, 8, 11]), (2, 2, 2));
    }

    #[test]
    fn a_gap_wider_than_what_is_remembered_leaves_no_traces() {
        assert_eq!(count([0, 1, 2000, 1999, 1000, 1999]), (2001, 5, 1));
    }

    #[test]
    fn a_stream_that_goes_on_elsewhere_begins_anew_and_one_stray_packet_changes_nothing() {
        assert_eq!(count([1, 2, 30_000, 3]), (3, 3, 0));
        assert_eq!(count([1, 2, 30_000, 30_001, 30_002]), (4, 4, 0));
    }
}
