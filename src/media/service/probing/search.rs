//! When to look for more bandwidth to a client: soon at first, and less often the less comes of it.

use std::time::{Duration, Instant};

/// Before the first probe, and between two while each finds more.
const SOON: Duration = Duration::from_secs(3);
/// Between two probes at most.
const LATE: Duration = Duration::from_secs(9);
/// How long a client has to get all it prefers for its history to be of no interest.
const CONTENT: Duration = Duration::from_secs(20);

/// What a client is in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Wait,
    Probe,
    /// It gets what it wants.
    End,
}

/// The search for more bandwidth to one client.
#[derive(Debug)]
pub(super) struct Search {
    due: Instant,
    pause: Duration,
    /// What there seemed to be when it was probed last, in bit/s.
    estimate: u64,
    /// Since when it gets all it prefers.
    content: Option<Instant>,
}

impl Search {
    pub fn begin(now: Instant) -> Self {
        Self { due: now + SOON, pause: SOON, estimate: 0, content: None }
    }

    pub fn next(&mut self, starved: bool, now: Instant) -> Next {
        if !starved {
            let since = *self.content.get_or_insert(now);
            return if since + CONTENT <= now { Next::End } else { Next::Wait };
        }
        self.content = None;
        if now < self.due {
            return Next::Wait;
        }
        self.due = now + self.pause;
        Next::Probe
    }

    /// A probe has begun when there seemed to be so much: if that is hardly more than at the last one, it has not helped.
    pub fn began(&mut self, estimate: u64) {
        let helped = estimate > self.estimate + self.estimate / 4;
        let pause = if helped { SOON } else { (self.pause * 2).min(LATE) };
        self.due = self.due + pause - self.pause;
        self.pause = pause;
        self.estimate = estimate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which a client that is starved all the time is probed, each time with the next of these estimates.
    fn probes(estimates: &[u64]) -> Vec<u64> {
        let start = Instant::now();
        let mut search = Search::begin(start);
        let mut estimates = estimates.iter();
        let mut found = Vec::new();
        for second in 0..60 {
            if search.next(true, start + Duration::from_secs(second)) == Next::Probe {
                let Some(estimate) = estimates.next() else { break };
                search.began(*estimate);
                found.push(second);
            }
        }
        found
    }

    #[test]
    fn as_long_as_more_is_found_it_goes_on_soon() {
        assert_eq!(probes(&[100, 200, 400, 800]), [3, 6, 9, 12]);
    }

    #[test]
    fn where_nothing_is_found_it_is_tried_less_often_but_never_given_up() {
        assert_eq!(probes(&[100, 100, 100, 90, 100, 400, 800]), [3, 6, 12, 21, 30, 39, 42]);
    }

    #[test]
    fn who_gets_all_it_prefers_for_a_moment_is_no_new_case() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let mut search = Search::begin(start);
        assert_eq!(search.next(true, at(3)), Next::Probe);
        assert_eq!([search.next(false, at(4)), search.next(false, at(23))], [Next::Wait; 2]);
        assert_eq!([search.next(true, at(24)), search.next(false, at(25))], [Next::Probe, Next::Wait]);
        assert_eq!(search.next(false, at(45)), Next::End);
    }
}
