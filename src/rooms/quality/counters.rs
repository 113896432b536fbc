//! From counters to figures: what happened between two looks.

use super::Figures;
use crate::ids::TransportId;
use crate::media::protocol::{MediaKind, StreamSample, TransportSample};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Packets that should have arrived before a share of them means something: a microphone that sends next to nothing in
/// silence (DTX) stays below.
const MIN_EXPECTED: u64 = 50;

/// Of RTP's sequence numbers.
const HALF_CYCLE: u64 = 1 << 15;

/// What one look saw of a peer, one way.
#[derive(Debug, Clone, Default)]
pub(in crate::rooms) struct Seen {
    pub transports: Vec<(TransportId, TransportSample)>,
    pub streams: Vec<SeenStream>,
}

/// One stream of a track that nobody has paused.
#[derive(Debug, Clone, Copy)]
pub(in crate::rooms) struct SeenStream {
    /// The producer or consumer.
    pub track: Uuid,
    pub kind: MediaKind,
    /// Whether there is something to send on it.
    pub fed: bool,
    pub sample: StreamSample,
}

/// What a look came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::rooms) struct Outcome {
    pub figures: Figures,
    /// A transport had not a single byte from the client: whatever the figures say, they are not news.
    pub silent: bool,
    /// Video that there is was not sent at all.
    pub starved: bool,
}

/// What was counted before, of one peer, one way.
#[derive(Debug, Default)]
pub(in crate::rooms) struct Counters {
    transports: BTreeMap<TransportId, (Instant, TransportSample)>,
    streams: BTreeMap<(Uuid, u32), Stream>,
}

#[derive(Debug, Default)]
struct Stream {
    /// Newest last; one at most is older than the window.
    history: VecDeque<Point>,
    flows: bool,
}

#[derive(Debug, Clone, Copy)]
struct Point {
    at: Instant,
    packets: u64,
    expected: u64,
    lost: u64,
}

impl Counters {
    /// Takes a look in. Loss is that of the window: clients report it at times of their own, so that between two looks
    /// there may be none of it or twice.
    pub fn take(&mut self, seen: &Seen, now: Instant, window: Duration) -> Outcome {
        let mut outcome = self.take_transports(seen, now);
        let mut streams = std::mem::take(&mut self.streams);
        // What was not seen this time, being paused or closed, begins anew.
        for SeenStream { track, sample, .. } in &seen.streams {
            let mut stream = streams.remove(&(*track, sample.ssrc)).unwrap_or_default();
            stream.take(sample, now, window);
            self.streams.insert((*track, sample.ssrc), stream);
        }
        let flowing = || seen.streams.iter().filter(|stream| self.stream_flows(stream));
        let figures = &mut outcome.figures;
        if flowing().next().is_none() {
            figures.rtt_ms = None;
        }
        let jitter = |kind| {
            let of_kind = flowing().filter(|stream| stream.kind == kind);
            of_kind.map(|stream| stream.sample.jitter_ms).reduce(f32::max)
        };
        // Video comes in bursts, one a frame: of its jitter less is to be learned.
        let jitter = jitter(MediaKind::Audio).or_else(|| jitter(MediaKind::Video));
        figures.jitter_ms = jitter.map(f64::from);
        figures.packet_loss = self.loss();
        let mut scores: BTreeMap<Uuid, u8> = BTreeMap::new();
        for SeenStream { track, sample, .. } in flowing() {
            let best = scores.entry(*track).or_default();
            *best = sample.score.max(*best);
        }
        figures.score = scores.into_values().min();
        let starved = |stream: &SeenStream| stream.fed && stream.kind == MediaKind::Video && self.stands_still(stream);
        outcome.starved = seen.streams.iter().any(starved);
        outcome
    }

    /// Whether something of a track arrived at the last look.
    pub fn flows(&self, track: Uuid) -> bool {
        self.streams.range((track, 0)..=(track, u32::MAX)).any(|(_, stream)| stream.flows)
    }

    fn take_transports(&mut self, seen: &Seen, now: Instant) -> Outcome {
        let mut outcome = Outcome::default();
        let figures = &mut outcome.figures;
        let before = std::mem::take(&mut self.transports);
        for (id, sample) in &seen.transports {
            if let Some((at, before)) = before.get(id)
                && now > *at
            {
                let more = |of: fn(&TransportSample) -> u64| of(sample).saturating_sub(of(before));
                outcome.silent |= before.bytes_received > 0 && more(|sample| sample.bytes_received) == 0;
                let bytes = more(|sample| sample.media_received) + more(|sample| sample.media_sent);
                let rate = (bytes as f64 * 8.0 / (now - *at).as_secs_f64()) as u64;
                figures.bitrate_bps = Some(figures.bitrate_bps.unwrap_or(0) + rate);
            }
            figures.rtt_ms =
                [figures.rtt_ms, sample.round_trip_ms.map(f64::from)].into_iter().flatten().reduce(f64::max);
            let available = [figures.available_bitrate_bps, sample.available_bps];
            figures.available_bitrate_bps = available.into_iter().flatten().min();
            self.transports.insert(*id, (now, *sample));
        }
        outcome
    }

    fn stream_flows(&self, seen: &SeenStream) -> bool {
        self.streams.get(&(seen.track, seen.sample.ssrc)).is_some_and(|stream| stream.flows)
    }

    /// Whether a stream that was seen before had nothing new.
    fn stands_still(&self, seen: &SeenStream) -> bool {
        let stream = self.streams.get(&(seen.track, seen.sample.ssrc));
        stream.is_some_and(|stream| stream.history.len() > 1 && !stream.flows)
    }

    fn loss(&self) -> Option<f64> {
        let windows = self.streams.values().filter_map(Stream::window);
        let (expected, lost) = windows.fold((0, 0), |sum, window| (sum.0 + window.0, sum.1 + window.1));
        (expected >= MIN_EXPECTED).then(|| lost as f64 / expected as f64)
    }
}

impl Stream {
    fn take(&mut self, sample: &StreamSample, now: Instant, window: Duration) {
        let StreamSample { packets, expected, lost, .. } = *sample;
        // A counter that fell is another's; and half a cycle of sequence numbers does not get lost between two looks: a
        // stream that begins with the number 0 counts in mediasoup as if it had come round once.
        if self.history.back().is_some_and(|last| last.packets > packets || lost > last.lost + HALF_CYCLE) {
            self.history.clear();
        }
        self.flows = self.history.back().is_some_and(|last| packets > last.packets);
        self.history.push_back(Point { at: now, packets, expected, lost });
        while self.history.get(1).is_some_and(|second| second.at + window <= now) {
            self.history.pop_front();
        }
    }

    /// Packets expected and lost within the window.
    fn window(&self) -> Option<(u64, u64)> {
        let (first, last) = (self.history.front()?, self.history.back()?);
        let expected = last.expected.saturating_sub(first.expected);
        // Reordered packets count as lost until they arrive.
        Some((expected, last.lost.saturating_sub(first.lost).min(expected)))
    }
}
