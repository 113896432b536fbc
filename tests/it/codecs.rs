//! What rooms carry, as the configuration says.

use crate::support::scene::Scene;
use crate::support::{Client, TestServer, fixtures};
use colloquy::config::{CodecsConfig, Config, VideoCodec};
use serde_json::{Value, json};

/// The codecs of a room, RTX aside, with those of their parameters that tell them apart.
async fn offered(change: impl FnOnce(&mut CodecsConfig)) -> Vec<String> {
    let server = TestServer::start_with(|config| change(&mut config.codecs)).await;
    let anna = Client::connect(&server).await;
    let room = anna.ok("createRoom", json!({ "callId": "c" })).await;
    let codecs = room["rtpCapabilities"]["codecs"].as_array().expect("a list").iter();
    let codecs = codecs.filter(|codec| codec["mimeType"] != "video/rtx");
    let names = codecs.map(|codec| match codec["parameters"]["profile-level-id"].as_str() {
        Some(profile) => format!("{} {profile}", fixtures::text(codec, "mimeType")),
        None => fixtures::text(codec, "mimeType"),
    });
    let names = names.collect();
    drop(anna);
    server.finish().await;
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_codec_can_be_switched_and_put_in_order() {
    use VideoCodec::{Av1, H264, H264High, Vp8, Vp9};
    let all = [(Vp8, "VP8"), (Vp9, "VP9"), (H264, "H264 42e01f"), (Av1, "AV1")];
    assert_eq!(offered(|_| {}).await[1..], all.map(|(_, name)| format!("video/{name}")), "the default");
    for (codec, name) in all {
        assert_eq!(offered(|codecs| codecs.video = vec![codec]).await, ["audio/opus", &format!("video/{name}")]);
    }
    let preferred = offered(|codecs| codecs.video = vec![Av1, H264High, H264, Vp9, Vp8]).await;
    let expected = ["AV1", "H264 640c2a", "H264 64002a", "H264 42e01f", "VP9", "VP8"];
    assert_eq!(preferred[1..], expected.map(|name| format!("video/{name}")));
}

/// The parameters of Opus in a room, and those that a receiver is told of a sender that says what browsers say.
async fn opus(change: impl FnOnce(&mut CodecsConfig)) -> [Value; 2] {
    let server = TestServer::start_with(|config| change(&mut config.codecs)).await;
    let scene = Scene::set_on(server).await;
    let room = scene.anna.ok("createRoom", json!({ "callId": "c" })).await;
    let asked = room["rtpCapabilities"]["codecs"][0]["parameters"].clone();
    let producer = scene.anna.produce_audio(&scene.anna_sends).await;
    let consumed = scene.ben.consume(&scene.ben_receives, &producer).await;
    let told = consumed["rtpParameters"]["codecs"][0]["parameters"].clone();
    scene.finish().await;
    [asked, told]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opus_is_asked_for_what_is_configured_and_receivers_are_told() {
    let default = opus(|_| {}).await;
    assert_eq!(
        default,
        [json!({ "usedtx": 1, "useinbandfec": 1 }), json!({ "minptime": 10, "usedtx": 1, "useinbandfec": 1 })]
    );
    let none = opus(|codecs| (codecs.opus_dtx, codecs.opus_fec) = (false, false)).await;
    assert_eq!(none, [json!({}), json!({ "minptime": 10, "useinbandfec": 1 })]);
    let stereo = opus(|codecs| (codecs.opus_dtx, codecs.opus_stereo) = (false, true)).await;
    assert_eq!(
        stereo,
        [json!({ "stereo": 1, "useinbandfec": 1 }), json!({ "minptime": 10, "sprop-stereo": 1, "useinbandfec": 1 })]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_sender_says_of_its_opus_itself_is_not_overruled() {
    let server = TestServer::start_with(|config: &mut Config| config.codecs.opus_stereo = true).await;
    let scene = Scene::set_on(server).await;
    let mut audio = fixtures::audio();
    audio["codecs"][0]["parameters"] = json!({ "sprop-stereo": 0, "usedtx": 0 });
    let produced = scene.anna.ok("produce", scene.produce("audio", audio)).await;
    let consumed = scene.ben.consume(&scene.ben_receives, &fixtures::text(&produced, "id")).await;
    let told = &consumed["rtpParameters"]["codecs"][0]["parameters"];
    assert_eq!(*told, json!({ "sprop-stereo": 0, "usedtx": 0 }));
    scene.finish().await;
}

fn h264(profile: &str) -> Value {
    let mut video = fixtures::video();
    video["codecs"][0]["mimeType"] = json!("video/H264");
    video["codecs"][0]["parameters"] =
        json!({ "packetization-mode": 1, "profile-level-id": profile, "level-asymmetry-allowed": 1 });
    video
}

fn receives_h264(profile: &str) -> Value {
    json!({ "codecs": [{
        "kind": "video", "mimeType": "video/H264", "preferredPayloadType": 100, "clockRate": 90000,
        "parameters": { "packetization-mode": 1, "profile-level-id": profile, "level-asymmetry-allowed": 1 },
        "rtcpFeedback": [],
    }] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_of_h264_are_codecs_of_their_own() {
    let server = TestServer::start_with(|config| {
        config.codecs.video = vec![VideoCodec::H264High, VideoCodec::H264, VideoCodec::Vp8];
    })
    .await;
    let scene = Scene::set_on(server).await;
    let before = scene.server.counts().await;
    // Another level is no obstacle.
    for (profile, other) in [("42e01f", "64001f"), ("64001f", "640c1f"), ("640c1f", "42e01f")] {
        let produced = scene.anna.ok("produce", scene.produce("video", h264(profile))).await;
        let producer = fixtures::text(&produced, "id");
        let consume = |capabilities: Value| json!({ "transportId": scene.ben_receives, "producerId": producer, "rtpCapabilities": capabilities });
        scene.refuses(&scene.ben, "consume", consume(receives_h264(other)), "CANNOT_CONSUME").await;
        let consumed = scene.ben.ok("consume", consume(receives_h264(profile))).await;
        assert_eq!(consumed["rtpParameters"]["codecs"][0]["parameters"]["profile-level-id"], profile);
        scene.anna.ok("closeProducer", json!({ "producerId": producer })).await;
        // The worker's own counts follow when it has closed what there was.
        scene.server.until_counts(before).await;
    }
    scene.refuses(&scene.anna, "produce", scene.produce("video", h264("4d001f")), "UNSUPPORTED").await;
    scene.finish().await;
}
