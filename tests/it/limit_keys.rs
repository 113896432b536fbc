//! Every limit is a key of the configuration, is counted by that name, and refuses.

use crate::support::rest::Rest;
use crate::support::{Client, DEADLINE, TestServer, auth, fixtures, raw};
use colloquy::config::Config;
use colloquy::limits::Limit;
use colloquy::protocol::CallId;
use colloquy::rooms::RoomOptions;
use serde_json::{Value, json};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

fn call(name: &str) -> Value {
    json!({ "callId": name })
}

/// A server on which that limit is soon reached.
fn tighten(limit: Limit, config: &mut Config) {
    let Config { server, calls, rooms, data, messages, signaling, .. } = config;
    match limit {
        Limit::Rooms => rooms.max_rooms = 1,
        Limit::Bookings => calls.max_bookings = 1,
        Limit::Peers => rooms.max_peers = 1,
        Limit::Queue => {
            rooms.queue = 1;
            signaling.max_in_flight = 10_000;
            signaling.send_buffer = 10_000;
            crate::support::server::without_rates(config);
        }
        Limit::Transports => rooms.max_transports_per_peer = 1,
        Limit::AudioProducers => rooms.max_audio_producers_per_peer = 1,
        Limit::VideoProducers => rooms.max_video_producers_per_peer = 1,
        Limit::Screens => rooms.max_screens = 1,
        Limit::Consumers => rooms.max_consumers_per_peer = 1,
        Limit::AppData => rooms.max_app_data_bytes = 2,
        Limit::MediaResets => {
            rooms.max_media_resets_per_minute = 1;
            config.workers.isolation = colloquy::config::WorkerIsolation::Process;
        }
        Limit::DataProducers => data.max_producers_per_peer = 1,
        Limit::DataConsumers => data.max_consumers_per_peer = 1,
        Limit::Messages => (messages.per_second, messages.burst) = (1, 1),
        Limit::MessageBytes => messages.max_bytes = 3,
        Limit::Connections => server.max_connections = 1,
        Limit::ConnectionsPerAddress => server.max_connections_per_address = 1,
        Limit::AdminAttempts => {
            server.admin_attempts_per_minute = 1;
            server.admin_token = "right".to_owned().into();
        }
        Limit::DatabaseQueue => config.database.queue = 1,
        Limit::IceServers => config.turn.requests_per_minute = 1,
        Limit::RestRequests => config.rest.requests_per_minute = 1,
        Limit::RestBody => config.rest.max_body_bytes = 1_000,
        Limit::TokenRequests => {
            auth::secure(config);
            config.auth.required = colloquy::config::Switch::Off;
            // The secret is hashed, the first token is made.
            config.auth.token_requests_per_minute = 2;
        }
        Limit::ConnectTimeout => signaling.connect_timeout_ms = 50,
        Limit::JoinTimeout => signaling.join_timeout_s = 1,
        Limit::Payload => signaling.max_payload_bytes = 10_000,
        Limit::SendBuffer => {
            signaling.send_buffer = 16;
            signaling.max_in_flight = 100_000;
            rooms.queue = 100_000;
            crate::support::server::without_rates(config);
        }
        Limit::InFlight => {
            signaling.max_in_flight = 1;
            signaling.send_buffer = 10_000;
            crate::support::server::without_rates(config);
        }
        Limit::Requests => (signaling.requests_per_second, signaling.request_burst) = (1, 5),
        Limit::AddressRequests => {
            (signaling.address_requests_per_second, signaling.address_request_burst) = (1, 5);
        }
        Limit::WaitingWebhooks => {
            config.webhooks.endpoints = vec![crate::webhooks::endpoint("nobody", "http://127.0.0.1:1")];
            config.webhooks.max_waiting = 1;
        }
        Limit::WebhookAge => {
            config.webhooks.endpoints = vec![crate::webhooks::endpoint("nobody", "http://127.0.0.1:1")];
            config.webhooks.give_up_after_s = 1;
        }
        Limit::MediaLines => {
            config.log.max_media_lines_per_s = 1;
            config.workers.isolation = colloquy::config::WorkerIsolation::Process;
        }
    }
}

/// Goes beyond the limit.
async fn exceed(limit: Limit, server: &TestServer) {
    match limit {
        Limit::Rooms => {
            let anna = Client::connect(server).await;
            anna.create("a").await;
            assert_eq!(anna.refused("createRoom", call("b")).await, "LIMIT_EXCEEDED");
        }
        Limit::Bookings => {
            let rooms = server.rooms();
            let book = |name: &str| rooms.book(&CallId::new(name).expect("a name"), RoomOptions::default());
            book("a").expect("is free");
            book("a").expect("is the same");
            assert_eq!(book("b").expect_err("one too many").code().as_str(), "LIMIT_EXCEEDED");
        }
        Limit::Peers => {
            let (_anna, _) = Client::joined(server, "c", "anna").await;
            let join = json!({ "callId": "c", "userId": "ben", "rtpCapabilities": {} });
            assert_eq!(Client::connect(server).await.refused("joinRoom", join).await, "ROOM_FULL");
        }
        Limit::Queue => exceed_at_once(server, 2000, "ROOM_BUSY").await,
        Limit::InFlight => exceed_at_once(server, 2000, "RATE_LIMITED").await,
        Limit::Requests | Limit::AddressRequests => exceed_at_once(server, 7, "RATE_LIMITED").await,
        Limit::Transports => {
            let (anna, _) = Client::joined(server, "c", "anna").await;
            anna.create_transport("send").await;
            assert_eq!(anna.refused("createTransport", json!({ "direction": "send" })).await, "LIMIT_EXCEEDED");
        }
        Limit::AudioProducers | Limit::VideoProducers | Limit::Screens | Limit::AppData | Limit::Consumers => {
            exceed_tracks(limit, server).await;
        }
        Limit::MediaResets => {
            let (anna, _) = Client::joined(server, "c", "anna").await;
            for event in ["mediaReset", "roomClosed"] {
                anna.create_transport("send").await;
                server.end_the_busy_worker().await;
                anna.next_event(event).await;
            }
        }
        Limit::DataProducers | Limit::DataConsumers => exceed_channels(limit, server).await,
        Limit::Messages => {
            let (anna, _) = Client::joined(server, "c", "anna").await;
            let message = || json!({ "topic": "t", "data": 1 });
            anna.ok("sendMessage", message()).await;
            assert_eq!(anna.refused("sendMessage", message()).await, "RATE_LIMITED");
        }
        Limit::MessageBytes => {
            let (anna, _) = Client::joined(server, "c", "anna").await;
            let message = json!({ "topic": "t", "data": 1234 });
            assert_eq!(anna.refused("sendMessage", message).await, "LIMIT_EXCEEDED");
        }
        Limit::Connections | Limit::ConnectionsPerAddress => {
            let _anna = Client::connect(server).await;
            let refusal = Client::try_connect(server).await.err().expect("one too many");
            let message = format!("LIMIT_EXCEEDED: {limit} allows 1: try again later");
            assert_eq!(refusal, json!({ "message": message }));
        }
        Limit::AdminAttempts => {
            for status in [401, 429] {
                let wrong = server.admin(reqwest::Method::GET, "wrong").await;
                assert_eq!(wrong.status().as_u16(), status);
            }
        }
        Limit::DatabaseQueue => {
            // A room that closes has more to tell at once than one entry.
            while server.refusals(limit).await == 0.0 {
                Client::joined(server, "c", "anna").await.0.ok("leaveRoom", json!({})).await;
            }
        }
        Limit::IceServers => {
            for status in [200, 429] {
                assert_eq!(server.get("/ice-servers").await.status().as_u16(), status);
            }
        }
        // Found out by the server alone.
        Limit::WaitingWebhooks | Limit::WebhookAge => drop(Client::joined(server, "c", "anna").await),
        Limit::RestRequests => {
            let rest = Rest::of(server);
            rest.get("/calls").await.data(200);
            let told = rest.get("/video-calls").await;
            assert_eq!(told.header("retry-after"), "60");
            told.problem(429, "RATE_LIMITED");
        }
        Limit::RestBody => {
            let large = json!({ "metadata": { "text": "x".repeat(1_000) } });
            Rest::of(server).post("/calls", &large).await.problem(413, "LIMIT_EXCEEDED");
        }
        Limit::TokenRequests => {
            for status in [201, 429] {
                let body = json!({ "sub": "anna", "callId": "c" });
                let answer = auth::ask(server, reqwest::Method::POST, "/auth/token", &body).await;
                assert_eq!(answer.status().as_u16(), status);
            }
        }
        Limit::ConnectTimeout => {
            let mut silent = raw::handshake(server).await;
            raw::until_closed(&mut silent).await;
        }
        Limit::JoinTimeout => {
            let anna = Client::connect(server).await;
            assert_eq!(anna.next_event("kicked").await, json!({ "reason": "join_timeout", "by": null }));
            anna.until_closed().await;
        }
        Limit::Payload => {
            let anna = Client::connect(server).await;
            anna.emit_without_callback("createRoom", call(&"x".repeat(10_000)));
            anna.until_closed().await;
        }
        Limit::SendBuffer => {
            let deaf = Client::connect_deaf(server).await;
            let started = Instant::now();
            while server.refusals(limit).await == 0.0 {
                assert!(started.elapsed() < DEADLINE, "still open");
                drop(deaf.send_all((0..40).map(|_| ("createRoom", call("c")))));
            }
        }
        Limit::MediaLines => {
            let (anna, _) = Client::joined(server, "c", "anna").await;
            let transport = anna.ok("createTransport", json!({ "direction": "send" })).await;
            let candidate = &transport["iceCandidates"][0];
            let address = candidate["address"].as_str().or(candidate["ip"].as_str()).expect("an address");
            let port = candidate["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port");
            let stranger = UdpSocket::bind((address, 0)).expect("a port");
            // Like RTP, of nobody that the worker knows.
            for _ in 0..10 {
                stranger.send_to(&[0x80; 100], (address, port)).expect("is sent");
            }
        }
    }
}

async fn exceed_at_once(server: &TestServer, requests: usize, code: &str) {
    let (anna, _) = Client::joined(server, "c", "anna").await;
    let answers = anna.send_all((0..requests).map(|_| ("getProducers", call("c"))));
    let mut refused = 0;
    for answer in answers {
        refused += usize::from(answer.answer().await.is_err_and(|refusal| refusal.code == code));
    }
    assert!(refused > 0);
}

async fn exceed_tracks(limit: Limit, server: &TestServer) {
    let (anna, _) = Client::joined(server, "c", "anna").await;
    let sends = anna.create_transport("send").await;
    let produce = |kind: &str, rtp_parameters: Value, app_data: Value| json!({ "transportId": sends, "kind": kind, "rtpParameters": rtp_parameters, "appData": app_data });
    let (audio, video) = (anna.produce_audio(&sends).await, anna.produce_video(&sends).await);
    match limit {
        Limit::AudioProducers => {
            let code = anna.refused("produce", produce("audio", fixtures::audio(), json!({}))).await;
            assert_eq!(code, "LIMIT_EXCEEDED");
        }
        Limit::VideoProducers => {
            let code = anna.refused("produce", produce("video", fixtures::video(), json!({}))).await;
            assert_eq!(code, "LIMIT_EXCEEDED");
        }
        Limit::Screens => {
            let screen = || produce("video", fixtures::video(), json!({ "source": "screen" }));
            anna.ok("produce", screen()).await;
            assert_eq!(anna.refused("produce", screen()).await, "LIMIT_EXCEEDED");
        }
        Limit::AppData => {
            let code = anna.refused("produce", produce("audio", fixtures::audio(), json!({ "a": 1 }))).await;
            assert_eq!(code, "INVALID_REQUEST");
        }
        _ => {
            let (ben, _) = Client::joined(server, "c", "ben").await;
            let receives = ben.create_transport("recv").await;
            ben.consume(&receives, &audio).await;
            let code = ben.refused("consume", ben.consume_request(&receives, &video)).await;
            assert_eq!(code, "LIMIT_EXCEEDED");
        }
    }
}

async fn exceed_channels(limit: Limit, server: &TestServer) {
    let (anna, _) = Client::joined(server, "c", "anna").await;
    let (ben, _) = Client::joined(server, "c", "ben").await;
    let sends = anna.create_transport("send").await;
    let channel = anna.produce_data(&sends, 0).await;
    if limit == Limit::DataProducers {
        assert_eq!(anna.refused("produceData", fixtures::channel(&sends, 1)).await, "LIMIT_EXCEEDED");
    } else {
        let receives = ben.create_transport("recv").await;
        let consume = json!({ "transportId": receives, "dataProducerId": channel });
        ben.ok("consumeData", consume.clone()).await;
        assert_eq!(ben.refused("consumeData", consume).await, "LIMIT_EXCEEDED");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refuses_and_is_counted_by_its_key() {
    let config = toml::Table::try_from(Config::default()).expect("serializable");
    for &limit in Limit::ALL {
        let (section, key) = limit.key().split_once('.').expect("a section and a key");
        assert!(config[section].get(key).is_some_and(toml::Value::is_integer), "{limit} is no key");
        let server = TestServer::start_with(|config| tighten(limit, config)).await;
        assert_eq!(server.refusals(limit).await, 0.0, "{limit}");
        exceed(limit, &server).await;
        let started = Instant::now();
        // What ends a connection is counted when it has ended.
        while server.refusals(limit).await == 0.0 {
            assert!(started.elapsed() < DEADLINE, "{limit} is not counted");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for other in Limit::ALL.iter().copied().filter(|other| *other != limit) {
            assert_eq!(server.refusals(other).await, 0.0, "{other} is counted for {limit}");
        }
        server.finish().await;
    }
}
