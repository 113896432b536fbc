//! What happens in rooms gets into the database, and keeps nobody waiting there.

use crate::support::tables::{Tables, on_each_database};
use crate::support::{Client, DEADLINE, TestServer};
use colloquy::calls::{AuditRecord, CallName, Journal, JournalSettings, NewCall};
use colloquy::ids::PeerId;
use colloquy::protocol::{CallId, KickPeer, LockRoom, Moderation, Role, SetPeerRole, UserId};
use colloquy::rooms::{Entry, Happening};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::SystemTime;
use uuid::Uuid;

on_each_database! {
    a_call_and_who_was_in_it_are_written_as_it_happens,
    a_call_that_was_booked_is_the_one_whose_room_opens,
    a_room_that_opens_again_is_another_call,
    what_keepers_of_order_do_is_in_the_audit_log,
    an_entry_that_the_database_refuses_does_not_take_others_along,
    while_somebody_else_holds_the_tables_calls_go_on_and_nothing_is_lost,
    what_finds_the_queue_full_is_counted_and_nothing_waits,
    what_waits_is_written_before_the_server_ends,
}

const CALLS: &str = "SELECT room_id || ' ' || status || ' ' || COALESCE(end_reason, '-') \
                     || CASE WHEN started_at >= created_at THEN ' started' ELSE '' END \
                     || CASE WHEN ended_at >= started_at THEN ' in order' ELSE '' END \
                     FROM calls ORDER BY created_at, id";

const PARTICIPANTS: &str = "SELECT room_id || ' ' || user_id || ' ' || role || ' ' || COALESCE(display_name, '-') \
                            || ' ' || COALESCE(left_reason, '-') \
                            || CASE WHEN left_at >= joined_at THEN ' in order' ELSE '' END \
                            FROM participants JOIN calls ON calls.id = call_id ORDER BY joined_at, participants.id";

async fn server(tables: &Tables) -> TestServer {
    let url = tables.url.clone();
    TestServer::start_with(|config| config.database.url = url.into()).await
}

fn settings(node: &str, queue: usize) -> JournalSettings {
    JournalSettings { node: node.into(), queue, on_limit: Arc::new(|_| {}) }
}

fn entry(room: &str, happening: Happening) -> Entry {
    Entry { call_id: CallId::new(room).expect("a name"), at: SystemTime::now(), happening }
}

fn user(name: &str) -> UserId {
    UserId::new(name).expect("an id")
}

fn joined(peer_id: PeerId, name: &str) -> Happening {
    let address = Some([192, 0, 2, 1].into());
    Happening::Joined { peer_id, user_id: user(name), display_name: None, role: Role::Participant, address }
}

async fn a_call_and_who_was_in_it_are_written_as_it_happens(tables: Tables) {
    let server = server(&tables).await;
    let anna = Client::connect(&server).await;
    let join = json!({ "callId": "c", "userId": "anna", "displayName": "Anna 🦊", "rtpCapabilities": {} });
    anna.create("c").await;
    let peer = anna.ok("joinRoom", join).await["peerId"].as_str().expect("an id").to_owned();
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    tables.until_lines(CALLS, &["c active - started"]).await;
    tables.until_lines(PARTICIPANTS, &["c anna participant Anna 🦊 -", "c ben participant ben -"]).await;
    ben.kill().await;
    let gone = "c ben participant ben disconnected in order";
    tables.until_lines(PARTICIPANTS, &["c anna participant Anna 🦊 -", gone]).await;
    anna.ok("leaveRoom", Value::Null).await;
    tables.until_lines(PARTICIPANTS, &["c anna participant Anna 🦊 left in order", gone]).await;
    tables.until_lines(CALLS, &["c ended left started in order"]).await;
    let call = server.store().find_call(&CallName::new("c")).await.expect("is there");
    let participants = server.store().participants(call.id, None, 1).await.expect("a page");
    assert_eq!(participants.items.len(), 1);
    assert_eq!(participants.items[0].id.to_string(), peer);
    assert_eq!(participants.items[0].client_ip, Some([127, 0, 0, 1].into()));
    let rest = server.store().participants(call.id, participants.next, 5).await.expect("a page");
    assert_eq!((rest.items.len(), rest.next), (1, None));
    anna.close().await;
    server.finish().await;
}

async fn a_call_that_was_booked_is_the_one_whose_room_opens(tables: Tables) {
    let server = server(&tables).await;
    let new = NewCall {
        room_id: CallId::new("standup").ok(),
        metadata: json!({ "a": 1 }),
        max_participants: None,
        locked: false,
        created_by: None,
    };
    let booked = server.store().create_call(new).await.expect("is booked");
    let (anna, _) = Client::joined(&server, "standup", "anna").await;
    tables.until_lines(CALLS, &["standup active - started"]).await;
    let found = server.store().find_call(&CallName::new("standup")).await.expect("is there");
    assert_eq!((found.id, &found.metadata["a"]), (booked.id, &json!(1)));
    anna.close().await;
    server.finish().await;
}

async fn a_room_that_opens_again_is_another_call(tables: Tables) {
    let server = server(&tables).await;
    for _ in 0..2 {
        let (anna, _) = Client::joined(&server, "c", "anna").await;
        anna.ok("leaveRoom", Value::Null).await;
        anna.close().await;
        server.until_counts([0; 5]).await;
    }
    tables.until_lines(CALLS, &["c ended left started in order"; 2]).await;
    tables.until_lines("SELECT CAST(COUNT(DISTINCT call_id) AS TEXT) FROM participants", &["2"]).await;
    server.finish().await;
}

async fn what_keepers_of_order_do_is_in_the_audit_log(tables: Tables) {
    let store = tables.store().await;
    let journal = Journal::start(store.clone(), settings("a", 100)).await.expect("starts");
    let (tell, peer_id) = (journal.on_entry(), PeerId::random());
    let moderated = |action| Happening::Moderated { by: Some(user("anna")), user_id: Some(user("ben")), action };
    tell(entry("c", Happening::Opened));
    tell(entry("c", joined(peer_id, "ben")));
    tell(entry("c", moderated(Moderation::SetRole(SetPeerRole { peer_id, role: Role::Moderator }))));
    tell(entry("c", moderated(Moderation::Lock(LockRoom { locked: true }))));
    tell(entry("c", moderated(Moderation::Kick(KickPeer { peer_id, ban: true }))));
    let record = AuditRecord {
        id: Uuid::new_v4(),
        at: SystemTime::now(),
        actor: Some("backend".into()),
        action: "token.issue".into(),
        call_id: Some("team-*".into()),
        target: Some("zoe".into()),
        details: json!({ "role": "host" }),
        client_ip: Some([192, 0, 2, 7].into()),
    };
    journal.audit(record.clone());
    journal.audit(record);
    journal.close().await;
    let log = "SELECT actor || ' ' || action || ' ' || call_id || ' ' || target FROM audit_log ORDER BY at";
    let lines = ["anna setRole c ben", "anna lock c ben", "anna kick c ben", "backend token.issue team-* zoe"];
    assert_eq!(tables.lines(log).await, lines);
    assert_eq!(tables.lines("SELECT role FROM participants").await, ["moderator"]);
    assert_eq!(tables.lines("SELECT room_id FROM calls WHERE locked").await, ["c"]);
    store.close().await;
}

async fn an_entry_that_the_database_refuses_does_not_take_others_along(tables: Tables) {
    let store = tables.store().await;
    let journal = Journal::start(store.clone(), settings("a", 100)).await.expect("starts");
    let tell = journal.on_entry();
    tables.execute("CREATE UNIQUE INDEX nobody_twice ON participants (user_id)").await;
    tell(entry("c", Happening::Opened));
    for name in ["anna", "ben", "anna", "zoe"] {
        tell(entry("c", joined(PeerId::random(), name)));
    }
    journal.close().await;
    assert_eq!(tables.lines("SELECT user_id FROM participants ORDER BY user_id").await, ["anna", "ben", "zoe"]);
    let report = journal.report();
    assert_eq!((report.written, report.dropped, report.queued), (4, 1, 0));
    store.close().await;
}

async fn while_somebody_else_holds_the_tables_calls_go_on_and_nothing_is_lost(tables: Tables) {
    let server = {
        let url = tables.url.clone();
        TestServer::start_with(|config| {
            config.database.url = url.into();
            config.database.request_deadline_ms = 200;
        })
        .await
    };
    let held = tables.hold().await;
    let mut names = Vec::new();
    for index in 0..20 {
        let (anna, _) = Client::joined(&server, "c", &format!("user{index:02}")).await;
        anna.ok("leaveRoom", Value::Null).await;
        anna.close().await;
        names.push(format!("user{index:02}"));
    }
    // A join and a leave each, and one opening.
    server.until_metric_exceeds("colloquy_database_queue", 40.0).await;
    held.release().await;
    server.until_metric("colloquy_database_queue", 0.0).await;
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    tables
        .until_lines("SELECT user_id FROM participants WHERE left_reason = 'left' ORDER BY joined_at, id", &names)
        .await;
    assert_eq!(server.metric("colloquy_database_dropped_total").await, 0.0);
    server.finish().await;
}

async fn what_finds_the_queue_full_is_counted_and_nothing_waits(tables: Tables) {
    let url = tables.url.clone();
    let server = TestServer::start_with(|config| {
        config.database.url = url.into();
        config.database.queue = 3;
    })
    .await;
    let held = tables.hold().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let (ben, _) = Client::joined(&server, "c", "ben").await;
    server.until_metric("colloquy_database_queue", 3.0).await;
    let (zoe, _) = Client::joined(&server, "c", "zoe").await;
    assert_eq!(server.metric("colloquy_database_dropped_total").await, 1.0);
    let ready = server.get("/ready").await;
    assert_eq!(ready.status().as_u16(), 503);
    let ready: Value = ready.json().await.expect("JSON");
    assert_eq!(ready["checks"]["database"], json!({ "ok": false, "queued": 3, "dropped": 1 }));
    held.release().await;
    server.until_metric("colloquy_database_queue", 0.0).await;
    assert_eq!(server.get("/ready").await.status().as_u16(), 200);
    assert_eq!(tables.lines("SELECT user_id FROM participants ORDER BY joined_at").await, ["anna", "ben"]);
    for client in [anna, ben, zoe] {
        client.close().await;
    }
    server.finish().await;
}

async fn what_waits_is_written_before_the_server_ends(tables: Tables) {
    let mut server = server(&tables).await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    tables.until_lines(CALLS, &["c active - started"]).await;
    let held = tables.hold().await;
    let (ben, _) = Client::joined(&server, "d", "ben").await;
    let ends = tokio::spawn(server.take_app().shutdown());
    anna.until_closed().await;
    ben.until_closed().await;
    assert!(!ends.is_finished());
    held.release().await;
    tokio::time::timeout(DEADLINE, ends).await.expect("ends in time").expect("ends");
    assert_eq!(
        tables.lines(CALLS).await,
        ["c ended server_shutdown started in order", "d ended server_shutdown started in order"]
    );
    assert_eq!(
        tables.lines("SELECT user_id FROM participants WHERE left_reason = 'server_shutdown' ORDER BY 1").await,
        ["anna", "ben"]
    );
    assert!(tables.lines("SELECT node FROM servers WHERE lost_at IS NULL").await.is_empty(), "it said good-bye");
}
