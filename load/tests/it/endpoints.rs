//! Endpoints with each other, by SDP: what one sends, the other counts.

use crate::support::path::{Path, Way};
use crate::support::{DEADLINE, until};
use colloquy_load::rtc::{Endpoint, Link, Meter, RtcError, SubscribeOptions, Track};
use colloquy_load::scenario::{Audio, Video, VideoCodec};
use std::net::Ipv4Addr;
use std::time::Duration;

const FULL: SubscribeOptions = SubscribeOptions { light: false, freeze_ms: 500 };
const LIGHT: SubscribeOptions = SubscribeOptions { light: true, ..FULL };

fn endpoint(codec: VideoCodec) -> Link {
    Endpoint::for_sdp(&[codec], &Meter::default()).open(Ipv4Addr::LOCALHOST.into()).expect("a socket on the loopback")
}

/// A sender of these tracks, a receiver, and the way between them.
async fn pair(tracks: &[&Track], options: SubscribeOptions, way: Way) -> (Link, Link, Path) {
    pair_with(VideoCodec::Vp8, tracks, options, way).await
}

async fn pair_with(codec: VideoCodec, tracks: &[&Track], options: SubscribeOptions, way: Way) -> (Link, Link, Path) {
    let (sender, receiver) = (endpoint(codec), endpoint(codec));
    let path = Path::open(way).await;
    let offer = sender.offer(tracks.iter().map(|track| (*track).clone()).collect()).await.expect("an offer");
    let (answer, streams) = receiver.answer(&path.offered(&offer), options).await.expect("an answer");
    assert_eq!(streams.len(), tracks.len(), "{offer}");
    sender.accept_answer(&path.answered(&answer)).await.expect("the answer fits");
    sender.until_connected(DEADLINE).await.expect("connects");
    receiver.until_connected(DEADLINE).await.expect("connects");
    (sender, receiver, path)
}

fn camera(codec: VideoCodec, temporal_layers: u8) -> Track {
    Track::video(&Video { codec, bitrates: vec![400_000], temporal_layers, ..Video::default() })
}

#[tokio::test]
async fn audio_arrives_and_is_counted() {
    let (sender, receiver, _path) = pair(&[&Track::audio(&Audio::default())], FULL, Way::default()).await;
    let received =
        until(&receiver, "100 packets and jitter", |tally| tally.packets_received >= 100 && tally.jitter.count() > 0);
    let received = received.await;
    let sent = sender.close(DEADLINE).await.expect("says goodbye");
    assert!(sent.packets_sent >= received.packets_received && sent.bytes_sent > 100 * 80, "{sent:?}");
    assert_eq!((received.packets_expected, received.duplicates), (received.packets_received, 0));
    assert_eq!(received.latency.count(), received.packets_received);
    assert_eq!(received.first_packet.count(), 1);
    assert!(received.errors.is_empty() && sent.errors.is_empty(), "{:?} {:?}", received.errors, sent.errors);
}

#[tokio::test]
async fn video_of_both_codecs_has_key_frames_and_layers() {
    for codec in [VideoCodec::Vp8, VideoCodec::Vp9] {
        let (_sender, receiver, _path) = pair_with(codec, &[&camera(codec, 3)], FULL, Way::default()).await;
        let received = until(&receiver, "all layers", |tally| tally.layers.len() == 3).await;
        assert_eq!(received.first_key_frame.count(), 1, "{codec:?}");
        let layers: Vec<_> = received.layers.keys().collect();
        assert_eq!(layers, ["s0t0", "s0t1", "s0t2"], "{codec:?}");
        assert_eq!(received.layers.values().sum::<u64>(), received.packets_received, "{codec:?}");
    }
}

#[tokio::test]
async fn every_twentieth_packet_lost_is_five_in_a_hundred_and_repaired() {
    let way = Way { lose_every: Some(20), ..Way::default() };
    let (_sender, receiver, _path) = pair(&[&camera(VideoCodec::Vp8, 1)], FULL, way).await;
    let received = until(&receiver, "400 packets", |tally| tally.packets_expected >= 400).await;
    assert!((0.045..0.055).contains(&received.loss()), "{} of {received:?}", received.loss());
    assert!(received.packets_repaired * 10 >= received.packets_expected / 20 * 8, "{received:?}");
    let asked = until(&receiver, "statistics", |tally| tally.nacks_sent > 0).await;
    assert_eq!(asked.duplicates, 0);
}

#[tokio::test]
async fn loss_is_seen_without_decryption() {
    let way = Way { lose_every: Some(20), ..Way::default() };
    let (_sender, receiver, _path) = pair(&[&camera(VideoCodec::Vp8, 1)], LIGHT, way).await;
    let received = until(&receiver, "400 packets", |tally| tally.packets_expected >= 400).await;
    assert!((0.045..0.055).contains(&received.loss()), "{} of {received:?}", received.loss());
    assert_eq!((received.packets_repaired, received.nacks_sent), (0, 0));
    assert_eq!((received.first_packet.count(), received.first_key_frame.count()), (1, 1));
    let samples = received.latency.count();
    assert!(samples > 0 && samples < received.packets_received / 4, "{samples} of {received:?}");
}

#[tokio::test]
async fn a_delay_on_the_way_is_the_latency() {
    let delay = Duration::from_millis(200);
    for options in [FULL, LIGHT] {
        let way = Way { delay, ..Way::default() };
        let (_sender, receiver, _path) = pair(&[&Track::audio(&Audio::default())], options, way).await;
        let received = until(&receiver, "100 packets", |tally| tally.packets_received >= 130).await;
        // The least, because a machine that is busy with other things adds to the others.
        let least = Duration::from_micros(received.latency.quantile(0.0).expect("some were read"));
        assert!(least >= delay && least < delay * 105 / 100, "{least:?}");
    }
}

#[tokio::test]
async fn a_picture_that_stands_still_is_a_freeze_unless_it_is_meant_to() {
    let track = camera(VideoCodec::Vp8, 1);
    let (sender, receiver, _path) = pair(&[&track], FULL, Way::default()).await;
    until(&receiver, "a picture", |tally| tally.packets_received > 0).await;
    sender.pause(track.id()).expect("goes on");
    let frozen = until(&receiver, "a freeze", |tally| tally.freezes > 0).await;
    assert!(frozen.freezes == 1 && frozen.freeze_ms >= 500, "{frozen:?}");
    sender.resume(track.id()).expect("goes on");
    until(&receiver, "a picture", |tally| tally.packets_received > 0).await;
}

#[tokio::test]
async fn silence_and_speech_go_on_alike_but_a_paused_microphone_sends_nothing() {
    let track = Track::audio(&Audio::default());
    let (sender, receiver, _path) = pair(&[&track], FULL, Way::default()).await;
    sender.speak(track.id(), false).expect("goes on");
    until(&receiver, "packets of silence", |tally| tally.packets_received > 20).await;
    sender.unpublish(track.id()).expect("goes on");
    // What is told is told in order, and what was on the way arrives or does not.
    sender.offer(vec![Track::audio(&Audio::default())]).await.expect("takes in commands");
    let before = sender.take().packets_sent;
    let mut second = tokio::time::interval(Duration::from_millis(200));
    for _ in 0..3 {
        second.tick().await;
    }
    assert_eq!((sender.take().packets_sent, before > 0), (0, true));
}

#[tokio::test]
async fn a_goodbye_ends_the_other_side_to_which_it_is_an_error() {
    let (sender, receiver, _path) = pair(&[&Track::audio(&Audio::default())], FULL, Way::default()).await;
    sender.close(DEADLINE).await.expect("says goodbye");
    until(&receiver, "its end", |tally| tally.errors.contains_key("rtc_ended")).await;
    assert!(receiver.ended().is_some());
    assert!(matches!(receiver.publish(Track::audio(&Audio::default())), Err(RtcError::Ended(_))));
}

#[tokio::test]
async fn what_nobody_answers_is_not_connected_in_time() {
    let link = endpoint(VideoCodec::Vp8);
    let missed = link.until_connected(Duration::from_millis(50)).await;
    assert!(matches!(missed, Err(RtcError::NotConnected(_))), "{missed:?}");
}
