//! The outbox in a database: the same on SQLite and on PostgreSQL.

use crate::support::tables::{Tables, on_each_database};
use colloquy::calls::{DatabaseOutbox, NewCall, Store};
use colloquy::protocol::CallId;
use colloquy::webhooks::{Backlog, EventType, LeasedRow, Mailer, Outbox as _, OutboxRow, Subscription};
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(30);

on_each_database! {
    only_the_first_of_a_call_s_rows_is_ever_out,
    a_row_is_out_to_one_server_at_a_time,
    a_lease_that_ended_is_no_longer_its_owner_s,
    what_was_sent_in_vain_comes_when_it_is_time,
    what_is_too_old_is_taken_out_unless_it_is_under_way,
    the_end_of_a_call_without_a_room_is_told_too,
}

/// As databases keep it.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_456)
}

fn row(endpoint: &str, call: u128, event: u128) -> OutboxRow {
    OutboxRow {
        endpoint: endpoint.to_owned(),
        call: Uuid::from_u128(call),
        event: Uuid::from_u128(event),
        event_type: "call.started".to_owned(),
        path: "/p".to_owned(),
        payload: r#"{"a":"é"}"#.to_owned(),
        created_at: now(),
    }
}

/// A server's view of it.
fn server(store: &Store) -> DatabaseOutbox {
    DatabaseOutbox::new(store.clone(), Uuid::new_v4())
}

async fn claim(outbox: &DatabaseOutbox, endpoint: &str, at: SystemTime) -> Vec<LeasedRow> {
    outbox.claim(endpoint, 10, at, at + LEASE).await.expect("answers").rows
}

fn events(rows: &[LeasedRow]) -> HashSet<u128> {
    rows.iter().map(|row| row.row.event.as_u128()).collect()
}

async fn only_the_first_of_a_call_s_rows_is_ever_out(tables: Tables) {
    let store = tables.store().await;
    let outbox = server(&store);
    let rows = [row("a", 1, 1), row("a", 1, 2), row("b", 1, 3), row("a", 2, 4)];
    outbox.write(&rows).await.expect("is written");
    let out = claim(&outbox, "a", now()).await;
    assert_eq!(events(&out), [1, 4].into());
    let first = out.iter().find(|leased| leased.row.event.as_u128() == 1).expect("is there");
    assert_eq!((&first.row, first.attempts), (&rows[0], 0));
    assert!(claim(&outbox, "a", now()).await.is_empty());
    outbox.remove(first.id).await.expect("answers");
    assert_eq!(events(&claim(&outbox, "a", now()).await), [2].into());
    let expected = Backlog { waiting: 2, oldest: Some(now()) };
    assert_eq!(outbox.backlog("a").await, Ok(expected));
    assert_eq!(outbox.backlog("nobody").await, Ok(Backlog::default()));
    assert_eq!(events(&claim(&outbox, "b", now()).await), [3].into());
}

async fn a_row_is_out_to_one_server_at_a_time(tables: Tables) {
    let store = tables.store().await;
    let rows: Vec<_> = (0..200).map(|call| row("a", call, call)).collect();
    server(&store).write(&rows).await.expect("is written");
    let mut servers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let outbox = server(&store);
        servers.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let rows = outbox.claim("a", 7, now(), now() + LEASE).await.expect("answers").rows;
                if rows.is_empty() {
                    return taken;
                }
                taken.extend(rows.into_iter().map(|row| row.id));
            }
        });
    }
    let taken: Vec<_> = servers.join_all().await.concat();
    assert_eq!((taken.len(), taken.iter().collect::<HashSet<_>>().len()), (200, 200));
}

async fn a_lease_that_ended_is_no_longer_its_owner_s(tables: Tables) {
    let store = tables.store().await;
    let (killed, other) = (server(&store), server(&store));
    killed.write(&[row("a", 1, 1)]).await.expect("is written");
    let lost = claim(&killed, "a", now()).await.remove(0);
    let waiting = other.claim("a", 10, now(), now() + LEASE).await.expect("answers");
    assert_eq!((waiting.rows, waiting.next), (vec![], Some(now() + LEASE)));
    let later = now() + LEASE;
    let taken_over = claim(&other, "a", later).await.remove(0);
    assert_eq!(taken_over, lost);
    // The first is back, and says what became of it: too late.
    killed.remove(lost.id).await.expect("answers");
    killed.release(lost.id).await.expect("answers");
    killed.postpone(lost.id, now()).await.expect("answers");
    assert!(claim(&killed, "a", later).await.is_empty());
    other.release(lost.id).await.expect("answers");
    assert_eq!(claim(&killed, "a", later).await, [lost]);
}

async fn what_was_sent_in_vain_comes_when_it_is_time(tables: Tables) {
    let store = tables.store().await;
    let outbox = server(&store);
    outbox.write(&[row("a", 1, 1), row("a", 1, 2)]).await.expect("is written");
    let first = claim(&outbox, "a", now()).await.remove(0);
    let due = now() + Duration::from_millis(1500);
    outbox.postpone(first.id, due).await.expect("answers");
    let none = outbox.claim("a", 10, now(), now() + LEASE).await.expect("answers");
    assert_eq!((none.rows, none.next), (vec![], Some(due)));
    assert!(claim(&outbox, "a", due - Duration::from_micros(1)).await.is_empty());
    let again = claim(&outbox, "a", due).await.remove(0);
    assert_eq!(again, LeasedRow { attempts: 1, ..first });
}

async fn what_is_too_old_is_taken_out_unless_it_is_under_way(tables: Tables) {
    let store = tables.store().await;
    let outbox = server(&store);
    let young = OutboxRow { created_at: now() + LEASE, ..row("a", 3, 3) };
    outbox.write(&[row("a", 1, 1), row("gone", 2, 2), young]).await.expect("is written");
    let leased = claim(&outbox, "a", now()).await;
    assert_eq!(leased.len(), 1);
    let limit = now() + Duration::from_micros(1);
    assert_eq!(outbox.expire(now(), now()).await, Ok(vec![]), "as old as it may be");
    assert_eq!(outbox.expire(limit, now()).await, Ok(vec!["gone".to_owned()]));
    assert_eq!(outbox.expire(limit, now() + LEASE).await, Ok(vec!["a".to_owned()]));
    assert_eq!(outbox.backlog("a").await.map(|backlog| backlog.waiting), Ok(1));
}

async fn the_end_of_a_call_without_a_room_is_told_too(tables: Tables) {
    let subscription = Subscription { endpoint: "a".to_owned(), types: EventType::ALL.into() };
    let store = tables.store().await.telling(Mailer::new(vec![subscription], false, 100, Arc::new(|_| {})));
    let book = async |name: &str| {
        let new = NewCall {
            room_id: Some(CallId::new(name).expect("a name")),
            metadata: json!({}),
            max_participants: None,
            locked: false,
            created_by: None,
        };
        store.create_call(new).await.expect("is booked").id
    };
    let ended = book("ended").await;
    for _ in 0..2 {
        store.end_call(ended, "ended").await.expect("is over");
    }
    let unused = book("unused").await;
    assert_eq!(store.end_unused(Duration::ZERO).await.expect("answers").len(), 1);
    let told = claim(&server(&store), "a", SystemTime::now()).await;
    let told: Vec<_> = told.iter().map(|row| (row.row.call, row.row.event_type.as_str(), &row.row.payload)).collect();
    let [first, second] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((first.0, first.1, second.0, second.1), (ended, "call.ended", unused, "call.ended"));
    assert!(first.2.ends_with(r#""reason":"ended"}}"#) && second.2.ends_with(r#""reason":"unused"}}"#), "{told:?}");
    store.close().await;
}
