//! What it costs to look how well media gets through: a room in which everybody publishes a microphone and a camera and
//! receives those of all others, with looks as often as may be and without.

use super::peer::Peer;
use super::server::Server;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const INTERVAL_MS: u64 = 100;
const SPAN: Duration = Duration::from_secs(20);

pub async fn run() {
    println!(
        "| peers | CPU of server and workers without looks | with ten a second | of one look |\n| --- | --- | --- | --- |"
    );
    for peers in [10, 25, 50] {
        let [without, with] = [share(0, peers).await, share(INTERVAL_MS, peers).await];
        let looks = 1000.0 / INTERVAL_MS as f64;
        println!(
            "| {peers} | {:.2} % of a core | {:.2} % | {:.2} ms |",
            without * 100.0,
            with * 100.0,
            (with - without) * 1e3 / looks
        );
    }
}

/// The share of a core that a room takes.
async fn share(interval_ms: u64, count: usize) -> f64 {
    let interval = format!("COLLOQUY_QUALITY__INTERVAL_MS={interval_ms}");
    let server = Server::colloquy(&[&interval, "COLLOQUY_SIGNALING__SEND_BUFFER=100000"]);
    let _room = room(&server, count).await;
    let (cpu, started) = (server.cpu(), Instant::now());
    tokio::time::sleep(SPAN).await;
    (server.cpu() - cpu).as_secs_f64() / started.elapsed().as_secs_f64()
}

async fn room(server: &Server, count: usize) -> Vec<Peer> {
    let (mut peers, mut producers) = (Vec::new(), Vec::new());
    for number in 0..count {
        let mut peer = Peer::connect(server.port).await;
        peer.join("wide").await;
        let sends = data(&peer.request("createTransport", r#"{"direction":"send"}"#).await, "id");
        for kind in ["audio", "video"] {
            let parameters = parameters(kind, producers.len());
            let request = json!({ "transportId": sends, "kind": kind, "rtpParameters": parameters });
            producers.push((number, data(&peer.request("produce", &request.to_string()).await, "id")));
        }
        peers.push(peer);
    }
    for (number, peer) in peers.iter_mut().enumerate() {
        let capabilities = peer.request("createRoom", r#"{"callId":"wide"}"#).await;
        let capabilities = answer(&capabilities)["rtpCapabilities"].clone();
        let receives = data(&peer.request("createTransport", r#"{"direction":"recv"}"#).await, "id");
        for (_, producer) in producers.iter().filter(|(owner, _)| *owner != number) {
            let request = json!({ "transportId": receives, "producerId": producer, "rtpCapabilities": capabilities });
            let consumer = data(&peer.request("consume", &request.to_string()).await, "id");
            peer.request("resumeConsumer", &json!({ "consumerId": consumer }).to_string()).await;
        }
    }
    peers
}

fn answer(packet: &str) -> Value {
    let answer: Value = serde_json::from_str(&packet[packet.find('[').expect("an array")..]).expect("JSON");
    answer[0]["data"].clone()
}

fn data(packet: &str, field: &str) -> String {
    answer(packet)[field].as_str().expect("a text").to_owned()
}

fn parameters(kind: &str, track: usize) -> Value {
    let codec = match kind {
        "audio" => json!({ "mimeType": "audio/opus", "payloadType": 111, "clockRate": 48000, "channels": 2 }),
        _ => json!({ "mimeType": "video/VP8", "payloadType": 96, "clockRate": 90000 }),
    };
    json!({
        "mid": format!("m{track}"), "codecs": [codec], "encodings": [{ "ssrc": 10_000 + track }],
        "rtcp": { "cname": format!("track-{track}") },
    })
}
