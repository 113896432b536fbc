//! Endpoints with the server: what it takes for a microphone and a camera, and what it gives.

use crate::support::caller::{Caller, Transport};
use crate::support::server::Server;
use crate::support::{DEADLINE, until};
use colloquy_load::measure::Tally;
use colloquy_load::rtc::{SubscribeOptions, Track};
use colloquy_load::scenario::{Audio, Video, VideoCodec};
use serde_json::json;

const FULL: SubscribeOptions = SubscribeOptions { light: false, freeze_ms: 2000 };
const LIGHT: SubscribeOptions = SubscribeOptions { light: true, ..FULL };

/// Whoever sends and whoever receives, each with a transport for that.
struct Scene {
    _server: Server,
    speaker: Caller,
    sends: Transport,
    listener: Caller,
    receives: Transport,
}

impl Scene {
    async fn set(heard: &'static [&'static str]) -> Self {
        let server = Server::start().await;
        let speaker = Caller::join(server.url(), "call", "speaker", &[]).await;
        let listener = Caller::join(server.url(), "call", "listener", heard).await;
        let (sends, receives) = (speaker.open("send").await, listener.open("recv").await);
        Self { _server: server, speaker, sends, listener, receives }
    }

    async fn prefer(&self, consumer: &str, spatial: u8, temporal: u8) {
        let layers = json!({ "consumerId": consumer, "spatialLayer": spatial, "temporalLayer": temporal });
        self.listener.ask("setConsumerPreferredLayers", layers).await;
    }
}

fn whole(tally: &Tally) -> bool {
    missing(tally) == 0 && tally.duplicates == 0 && tally.errors.is_empty()
}

fn missing(tally: &Tally) -> u64 {
    tally.packets_expected - tally.packets_received
}

#[tokio::test]
async fn audio_goes_through_the_server_in_full_and_light() {
    for options in [FULL, LIGHT] {
        let scene = Scene::set(&[]).await;
        let producer = scene.speaker.publish(&scene.sends, &Track::audio(&Audio::default())).await;
        scene.listener.receive(&scene.receives, &producer, options).await;
        let received = until(&scene.receives.link, "200 packets", |tally| tally.packets_received >= 200).await;
        assert!(whole(&received), "{received:?}");
        assert_eq!(received.first_packet.count(), 1);
        assert!(received.latency.count() > 0 && received.jitter.count() > 0);
        assert_eq!(received.latency.count() == received.packets_received, !options.light, "{received:?}");
    }
}

#[tokio::test]
async fn what_is_not_decrypted_is_not_reported_lost() {
    let scene = Scene::set(&[]).await;
    let audio = Audio { frame_ms: 10, ..Audio::default() };
    let producer = scene.speaker.publish(&scene.sends, &Track::audio(&audio)).await;
    let incoming = scene.listener.receive(&scene.receives, &producer, LIGHT).await;
    // Longer than from one receiver report to the next.
    until(&scene.receives.link, "six seconds", |tally| tally.packets_received >= 600).await;
    let stats = scene.listener.ask("getConsumerStats", json!({ "consumerId": incoming.consumer })).await;
    let lost: Vec<_> = stats["stats"].as_array().expect("a list").iter().map(|it| &it["packetsLost"]).collect();
    assert!(lost.iter().all(|it| **it == 0 || it.is_null()) && !lost.is_empty(), "{stats}");
}

#[tokio::test]
async fn of_simulcast_the_layer_comes_that_is_asked_for() {
    let scene = Scene::set(&[]).await;
    let video = Video { bitrates: vec![150_000, 500_000, 3_000_000], temporal_layers: 2, ..Video::default() };
    let producer = scene.speaker.publish(&scene.sends, &Track::video(&video)).await;
    let incoming = scene.listener.receive(&scene.receives, &producer, FULL).await;
    let link = &scene.receives.link;
    let first = until(link, "the largest", |tally| tally.layers.get("s2t1").is_some_and(|it| *it > 20)).await;
    assert_eq!(first.first_key_frame.count(), 1);
    scene.prefer(&incoming.consumer, 0, 0).await;
    let lowest = until(link, "the smallest", |tally| tally.layers.get("s0t0").is_some_and(|it| *it > 20)).await;
    let sent = scene.sends.link.take();
    // A frame that is cut off by changing is made known by leaving out one sequence number.
    let changes = 4;
    assert!(missing(&first) + missing(&lowest) <= changes, "{first:?} {lowest:?}");
    assert!(sent.key_frame_requests > 0 && sent.packets_sent > first.packets_received, "{sent:?}");
}

#[tokio::test]
async fn of_svc_the_layers_come_that_are_asked_for() {
    let scene = Scene::set(&[]).await;
    let codec = VideoCodec::Vp9;
    let video = Video { codec, bitrates: vec![100_000, 100_000, 100_000], temporal_layers: 3, ..Video::default() };
    let producer = scene.speaker.publish(&scene.sends, &Track::video(&video)).await;
    let incoming = scene.listener.receive(&scene.receives, &producer, FULL).await;
    let link = &scene.receives.link;
    let all = until(link, "all layers", |tally| tally.layers.len() == 9).await;
    assert!(whole(&all), "{all:?}");
    scene.prefer(&incoming.consumer, 1, 0).await;
    // What was on its way may come first.
    until(link, "fewer layers", |tally| tally.layers.get("s1t0").is_some_and(|it| *it > 20)).await;
    let fewer = until(link, "fewer layers", |tally| tally.layers.get("s1t0").is_some_and(|it| *it > 20)).await;
    assert_eq!(fewer.layers.keys().collect::<Vec<_>>(), ["s0t0", "s1t0"]);
    assert!(whole(&fewer), "{fewer:?}");
}

#[tokio::test]
async fn who_speaks_is_heard_by_the_server() {
    let mut scene = Scene::set(&["activeSpeaker"]).await;
    let track = Track::audio(&Audio::default());
    let producer = scene.speaker.publish(&scene.sends, &track).await;
    scene.listener.hears("a speaker", |event, it| event == "activeSpeaker" && it["producerId"] == producer).await;
    scene.sends.link.speak(track.id(), false).expect("goes on");
    scene.listener.hears("silence", |event, it| event == "activeSpeaker" && it["producerId"].is_null()).await;
}

#[tokio::test]
async fn a_stream_that_is_forgotten_is_not_counted_and_others_go_on() {
    let scene = Scene::set(&[]).await;
    let audio = scene.speaker.publish(&scene.sends, &Track::audio(&Audio::default())).await;
    let video = scene.speaker.publish(&scene.sends, &Track::video(&Video::default())).await;
    scene.listener.receive(&scene.receives, &audio, FULL).await;
    let video = scene.listener.receive(&scene.receives, &video, FULL).await;
    let link = &scene.receives.link;
    until(link, "video", |tally| tally.first_key_frame.count() == 1).await;
    scene.listener.ask("closeConsumer", json!({ "consumerId": video.consumer })).await;
    link.forget(video.stream).expect("goes on");
    until(link, "audio", |tally| tally.packets_received >= 50).await;
    let audio = until(link, "audio alone", |tally| tally.packets_received >= 50).await;
    assert!(whole(&audio) && audio.layers.is_empty() && audio.freezes == 0, "{audio:?}");
    scene.receives.link.close(DEADLINE).await.expect("says goodbye");
}
