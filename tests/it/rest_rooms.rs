//! What is done to calls over HTTP is seen in their rooms, and the other way round. The same on each database.

use crate::support::rest::Rest;
use crate::support::tables::{Tables, on_each_database};
use crate::support::{Client, TestServer};
use colloquy::config::RoleName;
use serde_json::{Value, json};

on_each_database! {
    a_room_opens_as_its_call_was_booked,
    a_call_that_began_in_its_room_is_booked_afterwards,
    who_may_book_calls_changes_none_that_goes_on,
    changes_hold_in_the_open_room,
    the_end_of_a_call_is_the_end_of_its_room,
    participants_are_told_with_what_they_do,
    order_is_kept_from_outside,
    recordings_are_not_there_yet,
}

async fn served(tables: &Tables) -> (TestServer, Rest) {
    let server = TestServer::start_with(|config| {
        config.database.url = tables.url.clone().into();
        config.auth.anonymous_role = RoleName::Host;
    });
    let server = server.await;
    let rest = Rest::of(&server);
    (server, rest)
}

fn join(call_id: &str, user_id: &str) -> Value {
    json!({ "callId": call_id, "userId": user_id, "rtpCapabilities": {} })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}"))
}

async fn a_room_opens_as_its_call_was_booked(tables: Tables) {
    let (server, rest) = served(&tables).await;
    let booked = rest.post("/calls", &json!({ "callId": "c", "maxParticipants": 1 })).await.data(201);
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    assert_eq!(Client::connect(&server).await.refused("joinRoom", join("c", "ben")).await, "ROOM_FULL");
    let told = rest.get("/calls/c/participants").await.body;
    assert_eq!(told["data"][0]["userId"], "anna", "{told}");
    let call = rest.get("/calls/c").await.data(200);
    assert_eq!(call["id"], booked["id"], "one call");
    assert!(call["startedAt"].is_string());
    assert_eq!(rest.get("/calls").await.data(200).as_array().map(Vec::len), Some(1));
    rest.post("/calls", &json!({ "callId": "c" })).await.problem(409, "CALL_EXISTS");
    drop(anna);
    server.finish().await;
}

async fn a_call_that_began_in_its_room_is_booked_afterwards(tables: Tables) {
    let (server, rest) = served(&tables).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let call = rest.get("/calls/c").await.data(200);
    assert_eq!((&call["maxParticipants"], &call["metadata"]), (&Value::Null, &json!({})));
    let booked = rest.post("/calls", &json!({ "callId": "c", "maxParticipants": 1, "metadata": { "n": 1 } })).await;
    let booked = booked.data(200);
    assert_eq!((&booked["id"], &booked["maxParticipants"]), (&call["id"], &json!(1)), "the same call");
    assert_eq!(Client::connect(&server).await.refused("joinRoom", join("c", "ben")).await, "ROOM_FULL");
    rest.post("/calls", &json!({ "callId": "c" })).await.problem(409, "CALL_EXISTS");
    drop(anna);
    server.finish().await;
}

async fn who_may_book_calls_changes_none_that_goes_on(tables: Tables) {
    let server = TestServer::start_with(|config| config.database.url = tables.url.clone().into()).await;
    let rest = Rest::of(&server);
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    for (change, permission) in [
        (json!({ "locked": true }), "lock"),
        (json!({ "locked": false }), "lock"),
        (json!({ "maxParticipants": 1 }), "updateCall"),
        (json!({ "metadata": {} }), "updateCall"),
    ] {
        let mut request = change.clone();
        request["callId"] = json!("c");
        let detail = rest.post("/calls", &request).await.problem(403, "FORBIDDEN");
        assert!(detail.contains(permission), "{change}: {detail}");
    }
    assert_eq!(rest.get("/calls/c").await.data(200)["version"], 1);
    rest.post("/calls", &json!({ "callId": "d", "locked": true })).await.problem(403, "FORBIDDEN");
    rest.post("/calls", &json!({ "callId": "d", "maxParticipants": 2 })).await.data(201);
    assert_eq!(rest.post("/calls", &json!({ "callId": "c" })).await.data(200)["callId"], "c");
    drop(anna);
    server.finish().await;
}

async fn changes_hold_in_the_open_room(tables: Tables) {
    let (server, rest) = served(&tables).await;
    rest.post("/calls", &json!({ "callId": "c", "maxParticipants": 1 })).await.data(201);
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    rest.put("/calls/c", &json!({ "maxParticipants": 2, "locked": true })).await.data(200);
    assert_eq!(anna.next_event("roomLocked").await["locked"], true);
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    // What is said in the room is kept with the call, and is not undone by a change of something else.
    anna.ok("lockRoom", json!({ "locked": false })).await;
    let call = rest.put("/calls/c", &json!({ "metadata": { "n": 1 } })).await.data(200);
    assert_eq!(call["locked"], false);
    anna.catch_up("c").await;
    let events = anna.events();
    assert_eq!(rest.get("/calls/c").await.data(200)["locked"], false, "{events:?}");
    drop((anna, ben));
    server.finish().await;
}

async fn the_end_of_a_call_is_the_end_of_its_room(tables: Tables) {
    let (server, rest) = served(&tables).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let ended = rest.delete("/calls/c").await.data(200);
    assert_eq!((text(&ended["status"]), text(&ended["endReason"])), ("ended", "ended"));
    assert_eq!(anna.next_event("roomClosed").await, json!({ "callId": "c", "reason": "ended" }));
    let (again, _) = Client::joined(&server, "c", "anna").await;
    assert_ne!(rest.get("/calls/c").await.data(200)["id"], ended["id"], "another call");
    let path = format!("/calls/{}/participants", text(&ended["id"]));
    let told = rest.get(&path).await.body;
    assert!(told["data"][0]["leftAt"].is_string() && told["data"][0]["live"].is_null(), "{told}");
    drop((anna, again));
    server.finish().await;
}

async fn participants_are_told_with_what_they_do(tables: Tables) {
    let (server, rest) = served(&tables).await;
    let (anna, joined) = Client::joined(&server, "c", "anna").await;
    let sends = anna.create_transport("send").await;
    let audio = anna.produce_audio(&sends).await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    ben.ok("leaveRoom", Value::Null).await;
    let (cleo, _) = Client::joined(&server, "c", "cleo").await;
    let page = rest.get("/calls/c/participants?limit=2").await.body;
    let (one, two) = (&page["data"][0], &page["data"][1]);
    assert_eq!((&one["id"], text(&one["userId"]), text(&one["role"])), (&joined["peerId"], "anna", "host"));
    assert_eq!(one["live"]["producers"][0]["producerId"], audio);
    assert_eq!((text(&two["userId"]), text(&two["leftReason"]), &two["live"]), ("ben", "left", &Value::Null));
    assert!(one.get("clientIp").is_none(), "for keys only: {one}");
    let next = format!("/calls/c/participants?limit=2&cursor={}", text(&page["nextCursor"]));
    let page = rest.get(&next).await.body;
    assert_eq!((text(&page["data"][0]["userId"]), &page["nextCursor"]), ("cleo", &Value::Null));
    drop((anna, ben, cleo));
    server.finish().await;
}

async fn order_is_kept_from_outside(tables: Tables) {
    let (server, rest) = served(&tables).await;
    rest.book("c").await;
    let nobody = "/calls/c/participants/6f2c1a54-8d7e-4b0a-9a63-2d1f0c9b7e55";
    rest.delete(nobody).await.problem(404, "ROOM_NOT_FOUND");
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, joined) = Client::joined(&server, "c", "ben").await;
    let ben_is = format!("/calls/c/participants/{}", text(&joined["peerId"]));
    let sends = ben.create_transport("send").await;
    let audio = ben.produce_audio(&sends).await;

    let muted = rest.post(&format!("{ben_is}/mute"), &json!({ "kind": "audio" })).await;
    assert_eq!((muted.status, muted.body), (204, Value::Null));
    assert_eq!(ben.next_event("muted").await, json!({ "kind": "audio", "by": null }));
    assert_eq!(ben.refused("resumeProducer", json!({ "producerId": audio })).await, "FORBIDDEN");
    assert_eq!(rest.post(&format!("{ben_is}/mute"), &json!({ "kind": "audio", "muted": false })).await.status, 204);
    ben.next_event("unmuted").await;
    ben.ok("resumeProducer", json!({ "producerId": audio })).await;
    let one = json!({ "producerId": audio });
    assert_eq!(rest.post(&format!("{ben_is}/mute"), &one).await.status, 204);

    assert_eq!(rest.put(&format!("{ben_is}/role"), &json!({ "role": "viewer" })).await.status, 204);
    assert_eq!(anna.next_event("peerRoleChanged").await["role"], "viewer");
    let participants = rest.get("/calls/c/participants").await.body;
    assert_eq!(participants["data"][1]["role"], "viewer", "{participants}");

    for (path, body, detail) in [
        ("mute", json!({}), "kind: "),
        ("mute", json!({ "kind": "smell" }), "kind: unknown variant"),
        ("mute", json!({ "kind": "audio", "producerId": audio }), "kind: expected either"),
        ("mute", json!({ "producerId": 5 }), "producerId: invalid type"),
    ] {
        let told = rest.post(&format!("{ben_is}/{path}"), &body).await.problem(400, "INVALID_REQUEST");
        assert!(told.starts_with(detail), "{body}: {told}");
    }
    let told = rest.put(&format!("{ben_is}/role"), &json!({ "role": "king" })).await.problem(400, "INVALID_REQUEST");
    assert!(told.starts_with("role: unknown variant"), "{told}");
    rest.delete(nobody).await.problem(404, "PEER_NOT_FOUND");
    rest.delete("/calls/c/participants/nonsense").await.problem(404, "PEER_NOT_FOUND");
    rest.delete(&format!("{ben_is}?ban=perhaps")).await.problem(400, "INVALID_REQUEST");

    assert_eq!(rest.delete(&format!("{ben_is}?ban=true")).await.status, 204);
    assert_eq!(ben.next_event("kicked").await, json!({ "reason": "banned", "by": null }));
    assert_eq!(Client::connect(&server).await.refused("joinRoom", join("c", "ben")).await, "BANNED");
    drop((anna, ben));
    server.finish().await;
}

async fn recordings_are_not_there_yet(tables: Tables) {
    let (server, rest) = served(&tables).await;
    rest.book("c").await;
    for action in ["start", "stop"] {
        rest.post(&format!("/calls/c/recording/{action}"), &json!({})).await.problem(501, "UNSUPPORTED");
    }
    for path in ["recordings", "recording/r", "recording/r/files/audio.webm"] {
        rest.get(&format!("/calls/c/{path}")).await.problem(501, "UNSUPPORTED");
        rest.get(&format!("/calls/d/{path}")).await.problem(404, "CALL_NOT_FOUND");
    }
    rest.delete("/video-calls/c/recording/r").await.problem(501, "UNSUPPORTED");
    server.finish().await;
}
