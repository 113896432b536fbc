//! Who speaks, as everybody in the room hears it.

use crate::support::rtc::{Caller, Link, Protocol, Published, StreamSpec};
use crate::support::{Client, TestServer};
use colloquy::config::WorkerIsolation;
use serde_json::{Value, json};

struct Voice {
    caller: Caller,
    link: Link,
    audio: Published,
}

impl Voice {
    async fn join(server: &TestServer, user: &str, ssrc: u32) -> Self {
        let caller = Caller::join(server, "call", user).await;
        let link = caller.open("send", Protocol::Udp).await;
        let audio = caller.publish(&link, StreamSpec::audio(ssrc)).await;
        Self { caller, link, audio }
    }

    fn speak(&self, dbov: i8) {
        self.link.peer.speak(self.audio.ssrc, dbov);
    }
}

/// Waits until this producer is said to speak, or nobody is.
async fn hears(client: &Client, producer: Option<&str>) -> Value {
    loop {
        let speaker = client.next_event("activeSpeaker").await;
        assert_eq!(speaker["peerId"].is_null(), speaker["producerId"].is_null(), "{speaker}");
        if speaker["producerId"] == json!(producer) {
            return speaker;
        }
    }
}

/// Waits for levels in which just these are heard.
async fn levels_of(client: &Client, producers: &[&str]) -> Vec<i64> {
    loop {
        let event = client.next_event("audioLevels").await;
        let levels = event["levels"].as_array().expect("a list");
        if levels.iter().map(|level| &level["producerId"]).eq(producers) {
            return levels.iter().map(|level| level["dBov"].as_i64().expect("a number")).collect();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_who_speaks_and_how_loud() {
    let server = TestServer::start_with(|config| config.speakers.interval_ms = 250).await;
    let listener = Caller::join(&server, "call", "listener").await.client;
    let anna = Voice::join(&server, "anna", 1000).await;
    let ben = Voice::join(&server, "ben", 2000).await;
    anna.speak(-20);
    let speaker = hears(&listener, Some(&anna.audio.producer)).await;
    assert_eq!(hears(&anna.caller.client, Some(&anna.audio.producer)).await, speaker, "the speaker, too");
    let [level] = levels_of(&listener, &[&anna.audio.producer]).await[..] else { panic!("one level") };
    assert!((-25..=-15).contains(&level), "{level}");

    let (_late, joined) = Client::joined(&server, "call", "late").await;
    assert_eq!(joined["activeSpeaker"], speaker);

    ben.speak(-5);
    levels_of(&listener, &[&ben.audio.producer, &anna.audio.producer]).await;
    anna.speak(-127);
    hears(&listener, Some(&ben.audio.producer)).await;
    ben.speak(-127);
    hears(&listener, None).await;
    levels_of(&listener, &[]).await;
    // The same speaker after a silence is news again.
    ben.speak(-5);
    hears(&listener, Some(&ben.audio.producer)).await;
    ben.caller.client.ok("closeProducer", json!({ "producerId": ben.audio.producer })).await;
    hears(&listener, None).await;
    for client in [listener, anna.caller.client, ben.caller.client] {
        client.ok("leaveRoom", Value::Null).await;
    }
    drop(_late);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn levels_can_be_kept_back_and_the_speaker_told_all_the_same() {
    let server = TestServer::start_with(|config| {
        config.workers.isolation = WorkerIsolation::Process;
        config.speakers.interval_ms = 250;
        config.speakers.audio_levels = false;
    })
    .await;
    let anna = Voice::join(&server, "anna", 1000).await;
    anna.speak(-20);
    hears(&anna.caller.client, Some(&anna.audio.producer)).await;
    anna.speak(-127);
    hears(&anna.caller.client, None).await;
    assert!(!anna.caller.client.event_names().contains(&"audioLevels".to_owned()));
    anna.caller.client.ok("leaveRoom", Value::Null).await;
    server.finish().await;
}

/// The library's observers hand out producers in callbacks, where none may be the last of its kind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn speakers_come_and_go_in_mid_sentence() {
    let server = TestServer::start_with(|config| config.speakers.interval_ms = 250).await;
    let listener = Caller::join(&server, "call", "listener").await.client;
    for round in 0..20 {
        let voices = [1000, 2000, 3000].map(|ssrc| Box::pin(Voice::join(&server, "anna", ssrc + round)));
        let voices = futures_util::future::join_all(voices).await;
        voices.iter().for_each(|voice| voice.speak(-10));
        if round % 5 == 0 {
            listener.next_event("audioLevels").await;
        }
    }
    listener.ok("leaveRoom", Value::Null).await;
    server.finish().await;
}
