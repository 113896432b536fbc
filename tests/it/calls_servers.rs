//! Several servers on one database, and what is left by those that are gone.

use crate::support::tables::{Tables, on_each_database};
use crate::support::{Client, TestServer};
use colloquy::calls::{CallName, DatabaseSettings, Journal, JournalSettings, NewCall, Store};
use colloquy::ids::PeerId;
use colloquy::protocol::{CallId, Reason, Role, UserId};
use colloquy::rooms::{Entry, Happening, RoomOptions};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

on_each_database! {
    servers_that_start_at_once_make_the_tables_once,
    what_an_earlier_life_of_a_node_left_is_ended_when_it_was_last_seen,
    servers_that_are_silent_for_long_are_swept_up_and_others_are_not,
    a_server_that_was_taken_for_lost_goes_on,
    whoever_was_in_a_call_that_was_to_end_has_left_it_when_its_server_is_gone,
    a_call_that_was_booked_before_the_start_keeps_its_options,
    calls_that_nobody_came_to_are_booked_again_until_their_time_is_over,
}

const CALLS: &str = "SELECT room_id || ' ' || status || ' ' || COALESCE(end_reason, '-') FROM calls ORDER BY room_id";
const STAYS: &str = "SELECT user_id || ' ' || COALESCE(left_reason, '-') FROM participants ORDER BY user_id";

async fn journal(store: &Store, node: &str) -> Journal {
    let settings = JournalSettings { node: node.into(), queue: 100, on_limit: Arc::new(|_| {}) };
    Journal::start(store.clone(), settings).await.expect("starts")
}

fn tell(journal: &Journal, room: &str, happening: Happening) {
    let call_id = CallId::new(room).expect("a name");
    journal.on_entry()(Entry { call_id, at: SystemTime::now(), happening });
}

/// Somebody of that name in a room, as soon as it is in the tables.
async fn occupied(journal: &Journal, room: &str, name: &str) -> PeerId {
    let (peer_id, user_id) = (PeerId::random(), UserId::new(name).expect("an id"));
    tell(journal, room, Happening::Opened);
    let role = Role::Participant;
    tell(journal, room, Happening::Joined { peer_id, user_id, display_name: None, role, address: None });
    written(journal).await;
    peer_id
}

async fn written(journal: &Journal) {
    crate::process::until(async || journal.report().queued == 0).await;
}

async fn servers_that_start_at_once_make_the_tables_once(tables: Tables) {
    let settings = tables.settings();
    let start = |settings: DatabaseSettings| tokio::spawn(async move { Store::open(&settings).await });
    let starts: Vec<_> = (0..6).map(|_| start(settings.clone())).collect();
    for store in starts {
        let store = store.await.expect("ends").unwrap_or_else(|error| panic!("{error}"));
        store.bookings().await.expect("has tables");
        store.close().await;
    }
}

async fn what_an_earlier_life_of_a_node_left_is_ended_when_it_was_last_seen(tables: Tables) {
    let store = tables.store().await;
    let killed = journal(&store, "a").await;
    occupied(&killed, "c", "anna").await;
    let other = journal(&store, "b").await;
    occupied(&other, "d", "ben").await;
    let seen = "SELECT CAST(last_seen_at AS TEXT) FROM servers WHERE node = 'a' AND lost_at IS NOT NULL";
    assert!(tables.lines(seen).await.is_empty());
    let again = journal(&store, "a").await;
    assert_eq!(tables.lines(CALLS).await, ["c ended server_lost", "d active -"]);
    assert_eq!(tables.lines(STAYS).await, ["anna server_lost", "ben -"]);
    let seen = tables.lines(seen).await;
    assert_eq!(tables.lines("SELECT CAST(ended_at AS TEXT) FROM calls WHERE room_id = 'c'").await, seen);
    assert_eq!(tables.lines("SELECT CAST(left_at AS TEXT) FROM participants WHERE user_id = 'anna'").await, seen);
    for journal in [killed, other, again] {
        journal.close().await;
    }
    store.close().await;
}

async fn servers_that_are_silent_for_long_are_swept_up_and_others_are_not(tables: Tables) {
    let store = tables.store().await;
    let (silent, other) = (journal(&store, "a").await, journal(&store, "b").await);
    occupied(&silent, "c", "anna").await;
    let between = SystemTime::now();
    occupied(&other, "d", "ben").await;
    store.sweep_servers(between - Duration::from_secs(60)).await.expect("sweeps");
    assert_eq!(tables.lines(CALLS).await, ["c active -", "d active -"]);
    // Two at once do it once.
    let (first, second) = tokio::join!(store.sweep_servers(between), store.sweep_servers(between));
    first.and(second).expect("sweep");
    assert_eq!(tables.lines(CALLS).await, ["c ended server_lost", "d active -"]);
    assert_eq!(tables.lines(STAYS).await, ["anna server_lost", "ben -"]);
    for journal in [silent, other] {
        journal.close().await;
    }
    store.close().await;
}

async fn a_server_that_was_taken_for_lost_goes_on(tables: Tables) {
    let store = tables.store().await;
    let journal = journal(&store, "a").await;
    let anna = occupied(&journal, "c", "anna").await;
    store.sweep_servers(SystemTime::now()).await.expect("sweeps");
    assert_eq!(tables.lines(CALLS).await, ["c ended server_lost"]);
    occupied(&journal, "d", "ben").await;
    assert_eq!(tables.lines(CALLS).await, ["c active -", "d active -"]);
    assert_eq!(tables.lines(STAYS).await, ["anna -", "ben -"]);
    let user_id = UserId::new("anna").expect("an id");
    tell(&journal, "c", Happening::Left { peer_id: anna, user_id, reason: Reason::Left });
    tell(&journal, "c", Happening::Closed { reason: Reason::Left });
    written(&journal).await;
    assert_eq!(tables.lines(CALLS).await, ["c ended left", "d active -"]);
    // Its end is in order, whatever it left.
    journal.close().await;
    assert_eq!(tables.lines(STAYS).await, ["anna left", "ben server_lost"]);
    store.close().await;
}

async fn calls_that_nobody_came_to_are_booked_again_until_their_time_is_over(tables: Tables) {
    let store = tables.store().await;
    let new = |name| NewCall {
        room_id: CallId::new(name).ok(),
        metadata: json!({}),
        max_participants: Some(3),
        locked: true,
        created_by: None,
    };
    for name in ["first", "second"] {
        store.create_call(new(name)).await.expect("is booked");
    }
    let journal = journal(&store, "a").await;
    occupied(&journal, "second", "anna").await;
    let booking = (CallId::new("first").expect("a name"), RoomOptions { max_peers: Some(3), locked: true });
    assert_eq!(store.bookings().await, Ok(vec![booking]));
    assert_eq!(store.end_unused(Duration::from_secs(3600)).await, Ok(vec![]));
    let unused = store.end_unused(Duration::ZERO).await.expect("ends");
    assert_eq!(unused.iter().map(|(_, room_id)| room_id.as_str()).collect::<Vec<_>>(), ["first"]);
    assert_eq!(tables.lines(CALLS).await, ["first ended unused", "second active -"]);
    assert_eq!(store.bookings().await, Ok(vec![]));
    journal.close().await;
    store.close().await;
}

async fn whoever_was_in_a_call_that_was_to_end_has_left_it_when_its_server_is_gone(tables: Tables) {
    let store = tables.store().await;
    let killed = journal(&store, "a").await;
    occupied(&killed, "c", "anna").await;
    let call = store.find_call(&CallName::new("c")).await.expect("is there");
    store.end_call(call.id, "ended").await.expect("ends");
    let again = journal(&store, "a").await;
    assert_eq!(tables.lines(CALLS).await, ["c ended ended"]);
    assert_eq!(tables.lines(STAYS).await, ["anna server_lost"]);
    for journal in [killed, again] {
        journal.close().await;
    }
    store.close().await;
}

async fn a_call_that_was_booked_before_the_start_keeps_its_options(tables: Tables) {
    let store = tables.store().await;
    let new = NewCall {
        room_id: CallId::new("small").ok(),
        metadata: json!({}),
        max_participants: Some(1),
        locked: false,
        created_by: None,
    };
    store.create_call(new).await.expect("is booked");
    store.close().await;
    let url = tables.url.clone();
    let server = TestServer::start_with(|config| config.database.url = url.into()).await;
    let (anna, _) = Client::joined(&server, "small", "anna").await;
    let join = json!({ "callId": "small", "userId": "ben", "rtpCapabilities": {} });
    assert_eq!(Client::connect(&server).await.refused("joinRoom", join).await, "ROOM_FULL");
    anna.close().await;
    server.finish().await;
}
