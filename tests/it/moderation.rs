//! Keeping order in a room: what is told, and that it holds whatever a client does.

use crate::support::redact::redact;
use crate::support::rtc::{Caller, Flow, Incoming, Link, Protocol, Published, StreamSpec};
use crate::support::{Client, TestServer, fixtures};
use colloquy::config::{Creation, RoleName};
use colloquy::protocol::{CallId, KickPeer, Moderation, Role};
use colloquy::rooms::{RoomError, RoomOptions};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::sync::Arc;

/// A server on which everybody is a host, until somebody makes another of it.
async fn hosts() -> TestServer {
    TestServer::start_with(|config| config.auth.anonymous_role = RoleName::Host).await
}

fn call_id() -> CallId {
    CallId::new("c").expect("a name")
}

fn peer(joined: &Value) -> String {
    fixtures::text(joined, "peerId")
}

/// What a client was told of these, a line each.
fn told(client: &Client, names: &[(&str, &str)]) -> String {
    const ABOUT: [&str; 7] =
        ["muted", "unmuted", "kicked", "peerRoleChanged", "roomLocked", "roomClosed", "producerClosed"];
    let events = client.events().into_iter().filter(|(name, _)| ABOUT.contains(&name.as_str()));
    let lines: Vec<_> = events.map(|(name, payload)| format!("{name} {}", redact(&payload, names))).collect();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_of_keeping_order() {
    let server = hosts().await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let anna_id = peer(&joined);
    let (ben, joined) = Client::joined(&server, "c", "ben").await;
    let ben_id = peer(&joined);
    let sends = ben.create_transport("send").await;
    let produce = json!({ "transportId": sends, "kind": "audio", "rtpParameters": fixtures::audio() });
    let audio = fixtures::text(&ben.ok("produce", produce).await, "producerId");
    assert_eq!(anna.ok("mutePeer", json!({ "peerId": ben_id, "producerId": audio })).await, json!({}));
    anna.next_event("producerPaused").await;
    let requests = [
        ("mutePeer", json!({ "peerId": ben_id, "producerId": audio, "muted": false })),
        ("mutePeer", json!({ "peerId": ben_id, "kind": "audio", "muted": true })),
        ("setPeerRole", json!({ "peerId": ben_id, "role": "viewer" })),
        ("lockRoom", json!({})),
        ("lockRoom", json!({ "locked": false })),
        ("kickPeer", json!({ "peerId": ben_id })),
    ];
    for (event, payload) in requests {
        assert_eq!(anna.ok(event, payload).await, json!({}), "{event}");
    }
    ben.next_event("kicked").await;
    assert_eq!(anna.next_event("peerLeft").await["reason"], "kicked");
    ben.create_and_join("c", "ben").await;
    assert_eq!(anna.ok("closeRoom", json!({})).await, json!({}));
    ben.next_event("roomClosed").await;
    let names = [(&*anna_id, "anna"), (&*ben_id, "ben"), (&*audio, "audio")];
    assert_snapshot!(told(&ben, &names), @r#"
    muted {"by":"[anna]","producerId":"[audio]"}
    unmuted {"by":"[anna]","producerId":"[audio]"}
    muted {"by":"[anna]","kind":"audio"}
    peerRoleChanged {"by":"[anna]","peerId":"[ben]","permissions":["subscribe","viewCall"],"role":"viewer","userId":"ben"}
    producerClosed {"appData":{},"kind":"audio","paused":true,"peerId":"[ben]","producerId":"[audio]","reason":"forbidden","userId":"ben"}
    roomLocked {"by":"[anna]","locked":true}
    roomLocked {"by":"[anna]","locked":false}
    kicked {"by":"[anna]","reason":"kicked"}
    muted {"by":null,"kind":"audio"}
    roomClosed {"callId":"c","reason":"ended"}
    "#);
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_says_why() {
    let server = hosts().await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let anna_id = peer(&joined);
    let (ben, joined) = Client::joined(&server, "c", "ben").await;
    let ben_id = peer(&joined);
    anna.ok("setPeerRole", json!({ "peerId": ben_id, "role": "moderator" })).await;
    let requests = [
        (&ben, "kickPeer", json!({ "peerId": anna_id })),
        (&ben, "setPeerRole", json!({ "peerId": ben_id, "role": "host" })),
        (&ben, "closeRoom", json!({})),
        (&anna, "kickPeer", json!({ "peerId": "00000000-0000-4000-8000-000000000000" })),
        (&anna, "kickPeer", json!({})),
        (&anna, "mutePeer", json!({ "peerId": ben_id })),
        (&anna, "mutePeer", json!({ "peerId": ben_id, "producerId": anna_id })),
        (&anna, "setPeerRole", json!({ "peerId": ben_id, "role": "king" })),
        (&anna, "lockRoom", json!({ "locked": 1 })),
    ];
    let mut refusals = Vec::new();
    for (who, event, payload) in requests {
        let refusal = who.request(event, payload).await.expect_err("refused");
        refusals.push(format!("{event} {refusal}"));
    }
    anna.ok("lockRoom", json!({})).await;
    anna.ok("setPeerRole", json!({ "peerId": ben_id, "role": "viewer" })).await;
    anna.ok("kickPeer", json!({ "peerId": ben_id, "ban": true })).await;
    let join = json!({ "callId": "c", "userId": "ben", "rtpCapabilities": {} });
    assert_eq!(ben.refused("joinRoom", join).await, "BANNED");
    assert_snapshot!(refusals.join("\n"), @"
    kickPeer FORBIDDEN: peerId: this peer's role is above the one of who asks
    setPeerRole INVALID_REQUEST: peerId: this is about others; leaveRoom takes oneself out
    closeRoom FORBIDDEN: this needs the permission closeRoom
    kickPeer PEER_NOT_FOUND: peerId: no such peer in this room
    kickPeer INVALID_REQUEST: missing field `peerId`
    mutePeer INVALID_REQUEST: producerId, kind: exactly one of them is needed
    mutePeer PRODUCER_NOT_FOUND: producerId: no such producer
    setPeerRole INVALID_REQUEST: role: unknown variant `king`, expected one of `viewer`, `participant`, `moderator`, `host`
    lockRoom INVALID_REQUEST: locked: invalid type: integer `1`, expected a boolean
    ");
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_open_a_locked_room_stays_outside() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    server.rooms().book(&call_id(), RoomOptions { max_peers: None, locked: true }).expect("is taken");
    assert_eq!(anna.next_event("roomLocked").await, json!({ "locked": true, "by": null }));
    let ben = Client::connect(&server).await;
    let join = json!({ "callId": "c", "userId": "ben", "rtpCapabilities": {} });
    assert_eq!(ben.refused("joinRoom", join).await, "ROOM_LOCKED");
    drop((anna, ben));
    server.finish().await;
}

/// Anna, who sends sound and a picture, and Ben, who receives both and keeps order.
struct Duo {
    anna: Caller,
    anna_id: String,
    ben: Caller,
    sending: Link,
    receiving: Link,
    audio: Published,
    video: Published,
    heard: Incoming,
    seen: Incoming,
}

impl Duo {
    async fn in_a_call(server: &TestServer) -> Self {
        let (client, joined) = Client::joined(server, "c", "anna").await;
        let (anna, anna_id) = (Caller::of(client, &joined), peer(&joined));
        let ben = Caller::join(server, "c", "ben").await;
        let (sending, receiving) = (anna.open("send", Protocol::Udp).await, ben.open("recv", Protocol::Udp).await);
        let audio = anna.publish(&sending, StreamSpec::audio(1000)).await;
        let video = anna.publish(&sending, StreamSpec::video(2000)).await;
        let (heard, seen) = (ben.receive(&receiving, &audio).await, ben.receive(&receiving, &video).await);
        Self { anna, anna_id, ben, sending, receiving, audio, video, heard, seen }
    }

    /// What is muted.
    fn sound(&self) -> Flow<'_> {
        Flow::new(&self.sending, &self.audio, &self.receiving, &self.heard)
    }

    /// By which to tell that time passes.
    fn picture(&self) -> Flow<'_> {
        Flow::new(&self.sending, &self.video, &self.receiving, &self.seen)
    }

    async fn end(self) {
        self.sending.peer.close().await;
        self.receiving.peer.close().await;
        self.anna.client.close().await;
        self.ben.client.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_muted_producer_arrives_until_its_owner_goes_on() {
    let server = hosts().await;
    let duo = Duo::in_a_call(&server).await;
    let Duo { anna, anna_id, ben, audio, heard, .. } = &duo;
    for target in [json!({ "producerId": audio.producer }), json!({ "kind": "audio" })] {
        duo.sound().goes_on().await;
        let mut request = target.clone();
        request["peerId"] = json!(anna_id);
        ben.client.ok("mutePeer", request.clone()).await;
        let paused = ben.client.next_event("consumerPaused").await;
        assert_eq!(paused["consumerId"], json!(heard.consumer));
        duo.sound().is_silent_while(duo.picture()).await;
        let resume = json!({ "producerId": audio.producer });
        for _ in 0..3 {
            assert_eq!(anna.client.refused("resumeProducer", resume.clone()).await, "FORBIDDEN");
        }
        duo.sound().is_silent_while(duo.picture()).await;
        request["muted"] = json!(false);
        ben.client.ok("mutePeer", request).await;
        anna.client.next_event("unmuted").await;
        duo.sound().is_silent_while(duo.picture()).await;
        anna.client.ok("resumeProducer", resume).await;
    }
    duo.sound().goes_on().await;
    duo.end().await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resume_and_a_mute_at_the_same_moment_end_muted() {
    let server = hosts().await;
    let duo = Duo::in_a_call(&server).await;
    let Duo { anna, anna_id, ben, audio, .. } = &duo;
    duo.sound().goes_on().await;
    let (mute, producer) = (json!({ "peerId": anna_id, "kind": "audio" }), json!({ "producerId": audio.producer }));
    let let_go = json!({ "peerId": anna_id, "kind": "audio", "muted": false });
    for _ in 0..10 {
        let resuming = anna.client.send("resumeProducer", producer.clone());
        let muting = ben.client.send("mutePeer", mute.clone());
        muting.answer().await.expect("a host may");
        // Refused if it came behind, carried out before the mute if not.
        drop(resuming.answer().await);
        anna.client.next_event("muted").await;
        assert_eq!(anna.client.refused("resumeProducer", producer.clone()).await, "FORBIDDEN");
        ben.client.ok("mutePeer", let_go.clone()).await;
        anna.client.next_event("unmuted").await;
        anna.client.ok("resumeProducer", producer.clone()).await;
    }
    let resuming = anna.client.send("resumeProducer", producer.clone());
    ben.client.ok("mutePeer", mute).await;
    drop(resuming.answer().await);
    anna.client.next_event("muted").await;
    duo.sound().is_silent_while(duo.picture()).await;
    duo.end().await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_may_what_the_configuration_says() {
    let server = TestServer::start_with(|config| {
        config.calls.creation = Creation::Permitted;
        config.roles.participant = ["subscribe", "publishVideo", "lock"].map(str::to_owned).to_vec();
    })
    .await;
    let anna = Client::connect(&server).await;
    let create = json!({ "callId": "c" });
    assert_eq!(anna.refused("createRoom", create).await, "FORBIDDEN");
    server.rooms().book(&call_id(), RoomOptions::default()).expect("is taken");
    let joined = anna.create_and_join("c", "anna").await;
    assert_eq!(joined["permissions"], json!(["publishVideo", "subscribe", "lock"]));
    let sends = anna.create_transport("send").await;
    let mut produce = json!({ "transportId": sends, "kind": "audio", "rtpParameters": fixtures::audio() });
    assert_eq!(anna.refused("produce", produce.clone()).await, "FORBIDDEN");
    (produce["kind"], produce["rtpParameters"]) = (json!("video"), fixtures::video());
    produce["appData"] = json!({ "source": "screen" });
    assert_eq!(anna.refused("produce", produce.clone()).await, "FORBIDDEN");
    produce["appData"] = json!({});
    anna.ok("produce", produce).await;
    assert_eq!(anna.refused("produceData", fixtures::channel(&sends, 1)).await, "FORBIDDEN");
    assert_eq!(anna.refused("sendMessage", json!({ "topic": "t", "data": 1 })).await, "FORBIDDEN");
    anna.ok("lockRoom", json!({})).await;
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_ends_the_stay_at_once_also_of_one_whose_socket_is_gone() {
    let server = TestServer::start_with(|config| config.rooms.resume_grace_s = 600).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    ben.kill().await;
    anna.next_event("peerReconnecting").await;
    server.hub().revoke(|_| true);
    assert_eq!(anna.next_event("kicked").await, json!({ "reason": "token_revoked", "by": null }));
    anna.until_closed().await;
    server.until_peers_have([0; 4]).await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_calls_have_to_be_booked_nobody_else_makes_rooms() {
    let server = TestServer::start_with(|config| config.calls.creation = Creation::Booked).await;
    let anna = Client::connect(&server).await;
    let create = json!({ "callId": "c" });
    assert_eq!(anna.refused("createRoom", create.clone()).await, "FORBIDDEN");
    let options = RoomOptions { max_peers: Some(1), locked: false };
    server.rooms().book(&call_id(), options).expect("is taken");
    assert_eq!(server.rooms().booked(&call_id()), Some(options));
    anna.create_and_join("c", "anna").await;
    let ben = Client::connect(&server).await;
    ben.ok("createRoom", create.clone()).await;
    let join = json!({ "callId": "c", "userId": "ben", "rtpCapabilities": {} });
    assert_eq!(ben.refused("joinRoom", join).await, "ROOM_FULL");
    anna.ok("leaveRoom", Value::Null).await;
    server.until_counts([0; 5]).await;
    assert_eq!(server.rooms().booked(&call_id()), None, "the call is over, and its booking with it");
    assert_eq!(ben.refused("createRoom", create).await, "FORBIDDEN");
    drop((anna, ben));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_keeps_order_without_being_in_the_room() {
    let server = TestServer::start().await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let of = |role| colloquy::protocol::Caller::anonymous(role, None);
    let operator = Arc::new(colloquy::protocol::Caller { operator: true, ..of(Role::Host) });
    let peer_id = serde_json::from_value(joined["peerId"].clone()).expect("an id");
    let kick = || Moderation::Kick(KickPeer { peer_id, ban: false });
    let refused = server.rooms().moderate(&call_id(), Arc::new(of(Role::Participant)), kick()).await;
    assert_eq!(refused.expect_err("no moderator").code().as_str(), "FORBIDDEN");
    server.rooms().moderate(&call_id(), Arc::clone(&operator), kick()).await.expect("is allowed");
    assert_eq!(anna.next_event("kicked").await, json!({ "reason": "kicked", "by": null }));
    let nowhere = CallId::new("nowhere").expect("a name");
    let refused = server.rooms().moderate(&nowhere, operator, kick()).await;
    assert_eq!(refused.expect_err("no room"), RoomError::RoomNotFound);
    drop(anna);
    server.finish().await;
}
