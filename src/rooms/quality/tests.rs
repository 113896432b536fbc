//! From what workers count to what is told.

use super::health::Health;
use super::*;
use crate::ids::{ConsumerId, ProducerId, TransportId};
use crate::media::protocol::{MediaKind, StreamSample, TransportSample};
use crate::protocol::Warning;
use std::time::Instant;
use uuid::Uuid;

const INTERVAL: Duration = Duration::from_secs(5);

fn settings() -> QualitySettings {
    QualitySettings {
        interval: INTERVAL,
        bad_samples: 2,
        good_samples: 2,
        recovery: 0.8,
        thresholds: [
            Some(Thresholds([0.03, 0.08, 0.15])),
            Some(Thresholds([30.0, 60.0, 120.0])),
            Some(Thresholds([300.0, 500.0, 1000.0])),
            Some(Thresholds([300_000.0, 150_000.0, 75_000.0])),
            Some(Thresholds([6.0, 4.0, 2.0])),
        ],
    }
}

/// A track with its counters.
#[derive(Clone, Copy)]
struct Track {
    id: Uuid,
    kind: MediaKind,
    fed: bool,
    sample: StreamSample,
}

impl Track {
    fn new(kind: MediaKind) -> Self {
        let sample = StreamSample { ssrc: 1, score: 10, ..StreamSample::default() };
        Self { id: Uuid::from(ProducerId::random()), kind, fed: true, sample }
    }

    /// More packets are there, so many of them lost.
    fn carry(&mut self, packets: u64, lost: u64) {
        self.sample.packets += packets - lost;
        self.sample.expected += packets;
        self.sample.lost += lost;
    }

    fn seen(&self) -> SeenStream {
        SeenStream { track: self.id, kind: self.kind, fed: self.fed, sample: self.sample }
    }
}

/// A peer that sends and receives, and the clock.
struct Peer {
    health: Health,
    now: Instant,
    transports: [(TransportId, TransportSample); 2],
    sent: Vec<Track>,
    received: Vec<Track>,
    settings: QualitySettings,
}

impl Peer {
    fn new(sent: &[Track], received: &[Track]) -> Self {
        let transport = || (TransportId::random(), TransportSample { bytes_received: 1, ..TransportSample::default() });
        let (health, now) = (Health::default(), Instant::now());
        let (sent, received) = (sent.to_vec(), received.to_vec());
        Self { health, now, transports: [transport(), transport()], sent, received, settings: settings() }
    }

    /// One look, after something came over both transports.
    fn look(&mut self) -> Vec<Told> {
        for (_, transport) in &mut self.transports {
            transport.bytes_received += 100;
        }
        self.look_at_silence()
    }

    fn look_at_silence(&mut self) -> Vec<Told> {
        self.now += INTERVAL;
        self.health.begin();
        let look = self.health.look().expect("has begun");
        look.sending.transports = vec![self.transports[0]];
        look.receiving.transports = vec![self.transports[1]];
        look.sending.streams = self.sent.iter().map(Track::seen).collect();
        look.receiving.streams = self.received.iter().map(Track::seen).collect();
        self.health.judge(self.now, &self.settings).0
    }

    /// So many looks, before each of which something happens.
    fn looks(&mut self, times: usize, mut before: impl FnMut(&mut Self)) -> Vec<Told> {
        let mut told = Vec::new();
        for _ in 0..times {
            before(self);
            told.extend(self.look());
        }
        told
    }
}

/// What was told, in short.
fn short(told: &[Told]) -> Vec<(Symptom, Option<Severity>)> {
    let short = told.iter().map(|told| match told {
        Told::Warning(Warning { r#type, severity, .. }) => (*r#type, Some(*severity)),
        Told::Recovered(symptom) => (*symptom, None),
    });
    short.collect()
}

#[test]
fn lost_packets_are_told_with_their_share_and_so_is_that_it_is_over() {
    let mut peer = Peer::new(&[Track::new(MediaKind::Audio), Track::new(MediaKind::Video)], &[]);
    let clean = |peer: &mut Peer| peer.sent.iter_mut().for_each(|track| track.carry(250, 0));
    assert!(peer.looks(3, clean).is_empty());
    let told = peer.looks(4, |peer| {
        peer.sent[0].carry(250, 25);
        peer.sent[1].carry(250, 25);
    });
    // The window is that of two looks: a first one sees half of it.
    let [Told::Warning(first), Told::Warning(then)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((first.severity, first.direction), (Severity::Low, Direction::Send));
    assert_eq!((then.severity, then.value, then.threshold), (Severity::Medium, 0.1, 0.08));
    assert_eq!(peer.health.warnings(), [*then]);
    let less = (Symptom::PacketLoss, Some(Severity::Low));
    assert_eq!(short(&peer.looks(5, clean)), [less, (Symptom::PacketLoss, None)]);
    assert!(peer.health.warnings().is_empty());
}

#[test]
fn few_packets_prove_nothing() {
    // A microphone in silence (DTX): 2.5 packets a second.
    let mut peer = Peer::new(&[Track::new(MediaKind::Audio)], &[]);
    assert!(peer.looks(10, |peer| peer.sent[0].carry(12, 3)).is_empty());
    let [sending, _] = peer.health.figures().expect("has looked");
    assert_eq!(sending.packet_loss, None);
}

#[test]
fn what_is_paused_or_sends_nothing_is_not_bad() {
    let mut track = Track::new(MediaKind::Video);
    track.sample = StreamSample { score: 0, jitter_ms: 500.0, ..track.sample };
    let mut peer = Peer::new(&[track], &[]);
    peer.transports[0].1.round_trip_ms = Some(2000.0);
    assert!(peer.looks(5, |_| {}).is_empty(), "it has been there all the time, and carried nothing");
    peer.sent.clear();
    assert!(peer.looks(5, |_| {}).is_empty());
}

#[test]
fn what_is_resumed_begins_anew() {
    let track = Track::new(MediaKind::Video);
    let mut peer = Peer::new(&[track], &[]);
    peer.looks(3, |peer| peer.sent[0].carry(500, 0));
    let mut paused = peer.sent.pop().expect("is there");
    peer.looks(2, |_| {});
    // What was lost while nobody looked is of no concern any more.
    paused.carry(500, 400);
    peer.sent.push(paused);
    assert!(peer.looks(4, |peer| peer.sent[0].carry(500, 0)).is_empty());
}

#[test]
fn a_counter_that_falls_is_anothers() {
    let mut peer = Peer::new(&[Track::new(MediaKind::Audio)], &[]);
    peer.looks(3, |peer| peer.sent[0].carry(5000, 0));
    peer.sent[0].sample = StreamSample { packets: 10, expected: 100, lost: 90, ..peer.sent[0].sample };
    assert!(peer.looks(3, |peer| peer.sent[0].carry(250, 0)).is_empty());
}

#[test]
fn a_numbering_that_seems_to_have_come_round_is_no_loss() {
    let mut peer = Peer::new(&[Track::new(MediaKind::Audio)], &[]);
    peer.looks(3, |peer| peer.sent[0].carry(250, 0));
    peer.sent[0].carry(65_536, 65_536);
    assert!(peer.looks(4, |peer| peer.sent[0].carry(250, 0)).is_empty());
}

#[test]
fn of_layers_the_best_counts_and_of_tracks_the_worst() {
    let layer = |ssrc, score| {
        let mut track = Track { id: Uuid::nil(), ..Track::new(MediaKind::Video) };
        track.sample = StreamSample { ssrc, score, ..track.sample };
        track
    };
    let mut peer = Peer::new(&[layer(1, 9), layer(2, 0), layer(3, 3)], &[]);
    let carry = |peer: &mut Peer| peer.sent.iter_mut().for_each(|track| track.carry(100, 0));
    peer.looks(4, carry);
    assert_eq!(peer.health.figures().expect("has looked")[0].score, Some(9));
    let mut other = Track::new(MediaKind::Audio);
    other.sample.score = 3;
    peer.sent.push(other);
    assert_eq!(short(&peer.looks(3, carry)), [(Symptom::Score, Some(Severity::Medium))]);
}

#[test]
fn jitter_is_that_of_audio_if_there_is_any() {
    let (mut audio, mut video) = (Track::new(MediaKind::Audio), Track::new(MediaKind::Video));
    (audio.sample.jitter_ms, video.sample.jitter_ms) = (5.0, 70.0);
    let mut peer = Peer::new(&[], &[audio, video]);
    let carry = |peer: &mut Peer| peer.received.iter_mut().for_each(|track| track.carry(100, 0));
    assert!(peer.looks(4, carry).is_empty());
    peer.received.remove(0);
    assert_eq!(short(&peer.looks(2, carry)), [(Symptom::Jitter, Some(Severity::Medium))]);
}

#[test]
fn a_long_way_is_told_whichever_way_it_was_measured() {
    let mut peer = Peer::new(&[], &[Track::new(MediaKind::Audio)]);
    peer.transports[0].1.round_trip_ms = Some(9000.0);
    peer.transports[1].1.round_trip_ms = Some(320.04);
    let told = peer.looks(4, |peer| peer.received[0].carry(100, 0));
    let [Told::Warning(warning)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((warning.r#type, warning.value, warning.direction), (Symptom::Rtt, 320.0, Direction::Recv));
}

#[test]
fn a_narrow_path_matters_only_if_it_is_full_or_keeps_something_back() {
    let mut peer = Peer::new(&[], &[Track::new(MediaKind::Video)]);
    peer.transports[1].1.available_bps = Some(100_000);
    // 16 kbit/s of 100: nobody misses anything.
    let some = |peer: &mut Peer| {
        peer.received[0].carry(10, 0);
        peer.transports[1].1.media_sent += 10_000;
    };
    assert!(peer.looks(4, some).is_empty());
    let full = |peer: &mut Peer| {
        peer.received[0].carry(60, 0);
        peer.transports[1].1.media_sent += 60_000;
    };
    assert_eq!(short(&peer.looks(3, full)), [(Symptom::Bitrate, Some(Severity::Medium))]);
    assert!(peer.looks(3, |_| {}).is_empty(), "nothing gets through at all: it is no better");
    peer.received[0].fed = false;
    assert_eq!(short(&peer.looks(3, |_| {})), [(Symptom::Bitrate, None)], "there is nothing to be sent");
}

#[test]
fn of_whom_nothing_is_heard_nothing_is_known() {
    let mut peer = Peer::new(&[Track::new(MediaKind::Audio)], &[]);
    peer.looks(4, |peer| peer.sent[0].carry(250, 50));
    assert!(!peer.health.warnings().is_empty());
    for _ in 0..10 {
        assert!(peer.look_at_silence().is_empty(), "the cable may be out");
    }
    assert_eq!(short(&peer.looks(3, |_| {})), [(Symptom::PacketLoss, None)], "it is there again, and sends nothing");
}

#[test]
fn a_look_that_failed_is_passed_over() {
    let mut peer = Peer::new(&[Track::new(MediaKind::Audio)], &[]);
    peer.looks(2, |peer| peer.sent[0].carry(250, 50));
    peer.health.begin();
    peer.health.spoil();
    assert!(peer.health.look().is_none());
    assert_eq!(peer.health.judge(peer.now, &peer.settings), (Vec::new(), Vec::new()));
    assert_eq!(
        short(&peer.looks(1, |peer| peer.sent[0].carry(250, 50))),
        [(Symptom::PacketLoss, Some(Severity::High))]
    );
}

#[test]
fn all_consumers_have_their_turn_a_few_at_a_time_and_for_several_looks() {
    let mut ids: Vec<_> = (0..10).map(|_| ConsumerId::random()).collect();
    ids.sort_unstable();
    let mut health = Health::default();
    let (mut turns, mut before) = (std::collections::BTreeMap::<_, usize>::new(), Vec::new());
    for _ in 0..40 {
        let from = health.cursor().map_or(0, |cursor| ids.iter().position(|id| *id == cursor).expect("is there") + 1);
        let others: Vec<_> = ids.iter().cycle().skip(from).take(ids.len()).map(|id| (*id, true)).collect();
        health.watch(&before, &others);
        let now: Vec<_> = health.watched().collect();
        assert_eq!(now.len(), 4);
        assert!(before.is_empty() || now[..3] == before[1..], "one goes, one comes");
        now.iter().for_each(|id| *turns.entry(*id).or_default() += 1);
        before = now;
    }
    assert!(turns.len() == 10 && turns.values().all(|turns| *turns >= 12), "{turns:?}");
}

#[test]
fn what_is_not_worth_it_is_not_watched() {
    let ids: Vec<_> = (0..3).map(|_| ConsumerId::random()).collect();
    let mut health = Health::default();
    health.watch(&[], &[(ids[0], true), (ids[1], false), (ids[2], true)]);
    assert_eq!(health.watched().collect::<Vec<_>>(), [ids[0], ids[2]]);
    health.watch(&[ids[2]], &[(ids[0], false), (ids[2], true)]);
    assert_eq!(health.watched().collect::<Vec<_>>(), [ids[2]]);
}
