//! Servers and databases that are killed: what the tables say afterwards is what happened.

use crate::process::{Running, until};
use crate::support::postgres::Postgres;
use crate::support::tables::{Tables, on_each_database};
use crate::support::{Client, DEADLINE, TestServer};
use colloquy::calls::{CallName, DatabaseSettings, Store, StoreError};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

on_each_database! {
    calls_of_a_server_that_was_killed_end_when_it_was_last_seen,
}

const CALLS: &str = "SELECT room_id || ' ' || status || ' ' || COALESCE(end_reason, '-') FROM calls \
                     ORDER BY created_at, id";
const STAYS: &str = "SELECT room_id || ' ' || user_id || ' ' || COALESCE(left_reason, '-') FROM participants \
                     JOIN calls ON calls.id = call_id ORDER BY joined_at, participants.id";

async fn calls_of_a_server_that_was_killed_end_when_it_was_last_seen(tables: Tables) {
    let variables = [("DATABASE_URL", tables.url.as_str()), ("COLLOQUY_SERVER__NODE", "a")];
    let mut program = Running::start(&variables).await;
    let server = TestServer::at(&program.url);
    let (zoe, _) = Client::joined(&server, "before", "zoe").await;
    zoe.ok("leaveRoom", Value::Null).await;
    tables.until_lines(CALLS, &["before ended left"]).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    ben.ok("leaveRoom", Value::Null).await;
    let (eve, _) = Client::joined(&server, "d", "eve").await;
    let before = ["before zoe left", "c anna -", "c ben left", "d eve -"];
    tables.until_lines(STAYS, &before).await;
    program.signal("KILL");
    program.ended().await;
    assert_eq!(tables.lines(CALLS).await, ["before ended left", "c active -", "d active -"]);
    for client in [zoe, anna, ben, eve] {
        client.kill().await;
    }

    let mut again = Running::start(&variables).await;
    let calls = ["before ended left", "c ended server_lost", "d ended server_lost"];
    assert_eq!(tables.lines(CALLS).await, calls);
    let stays = ["before zoe left", "c anna server_lost", "c ben left", "d eve server_lost"];
    assert_eq!(tables.lines(STAYS).await, stays);
    let wrong = "SELECT room_id FROM calls, servers WHERE end_reason = 'server_lost' AND servers.id = server_id \
                 AND (ended_at <> last_seen_at OR ended_at < calls.started_at)";
    assert!(tables.lines(wrong).await.is_empty());
    // The room is free for another call.
    let server = TestServer::at(&again.url);
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    tables.until_lines("SELECT room_id FROM calls WHERE status = 'active'", &["c"]).await;
    anna.close().await;
    again.signal("TERM");
    assert_eq!(again.ended().await.code(), Some(0));
    assert!(tables.lines("SELECT room_id FROM calls WHERE status = 'active'").await.is_empty());
}

/// Comes and goes until it is told to stop; says how often.
async fn come_and_go(server: Arc<TestServer>, name: String, stop: Arc<AtomicBool>, visits: Arc<AtomicUsize>) -> usize {
    let mut own = 0;
    while !stop.load(Ordering::Relaxed) {
        // A room of its own: one that somebody has just left may close between createRoom and joinRoom.
        let visit = format!("{name}-{own}");
        let (client, _) = Client::joined(&server, &visit, &visit).await;
        client.ok("leaveRoom", Value::Null).await;
        client.close().await;
        own += 1;
        visits.fetch_add(1, Ordering::Relaxed);
    }
    own
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgresql_is_killed_again_and_again_calls_go_on_and_nothing_is_lost() {
    let postgres = Postgres::own().await;
    let tables = Tables::on(&postgres).await;
    let url = tables.url.clone();
    let server = TestServer::start_with(|config| {
        config.database.url = url.into();
        config.database.request_deadline_ms = 1000;
        crate::support::server::without_rates(config);
    })
    .await;
    let server = Arc::new(server);
    let (stop, visits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load: Vec<_> = (0..4)
        .map(|index| come_and_go(Arc::clone(&server), format!("room{index}"), Arc::clone(&stop), Arc::clone(&visits)))
        .map(tokio::spawn)
        .collect();
    let more = async |visits: &AtomicUsize, count: usize| {
        let so_far = visits.load(Ordering::Relaxed);
        until(async || visits.load(Ordering::Relaxed) >= so_far + count).await;
    };
    for _ in 0..3 {
        more(&visits, 20).await;
        postgres.kill();
        // People come and go as if nothing had happened.
        more(&visits, 40).await;
        server.until_metric("colloquy_database_up", 0.0).await;
        assert_eq!(server.get("/ready").await.status().as_u16(), 200);
        postgres.start_again();
        server.until_metric("colloquy_database_up", 1.0).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut expected = Vec::new();
    for (index, load) in load.into_iter().enumerate() {
        let visits = tokio::time::timeout(DEADLINE, load).await.expect("stops").expect("stops");
        expected.extend((0..visits).map(|visit| format!("room{index}-{visit} left")));
    }
    server.until_counts([0; 5]).await;
    server.until_metric("colloquy_database_queue", 0.0).await;
    assert_eq!(server.metric("colloquy_database_dropped_total").await, 0.0);
    let stays = "SELECT user_id || ' ' || left_reason FROM participants";
    let mut stays = tables.lines(stays).await;
    stays.sort();
    expected.sort();
    assert_eq!(stays, expected, "each once");
    assert!(tables.lines("SELECT room_id FROM calls WHERE status = 'active'").await.is_empty());
    let outside = "SELECT user_id FROM participants JOIN calls ON calls.id = call_id \
                   WHERE joined_at < created_at OR left_at > ended_at OR user_id <> room_id";
    assert!(tables.lines(outside).await.is_empty(), "everybody was in a call that went on");
    let empty = "SELECT room_id FROM calls WHERE NOT EXISTS (SELECT 1 FROM participants WHERE call_id = calls.id)";
    assert!(tables.lines(empty).await.is_empty(), "no call is there twice");
    Arc::into_inner(server).expect("the load has ended").finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_a_database_that_is_gone_hears_so_until_it_is_back() {
    let postgres = Postgres::own().await;
    let settings = Tables::on(&postgres).await.settings();
    let settings = DatabaseSettings { request_deadline: Duration::from_secs(1), ..settings };
    let store = Store::open(&settings).await.expect("opens");
    let call = CallName::new("c");
    assert_eq!(store.find_call(&call).await, Err(StoreError::NotFound));
    postgres.kill();
    assert_eq!(store.find_call(&call).await, Err(StoreError::Unavailable));
    postgres.start_again();
    until(async || store.find_call(&call).await == Err(StoreError::NotFound)).await;
    store.close().await;
}
