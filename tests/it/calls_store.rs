//! What the database keeps of calls: the same on SQLite and on PostgreSQL.

use crate::support::tables::{Tables, on_each_database};
use chrono::{DateTime, TimeDelta, Utc};
use colloquy::calls::{
    Call, CallName, CallPatch, CallStatus, Idempotency, ListCalls, NewCall, RevokedToken, Store, StoreError,
};
use colloquy::protocol::{CallId, CallPattern, TokenId, UserId};
use serde_json::json;
use std::time::SystemTime;
use uuid::Uuid;

on_each_database! {
    a_call_is_booked_found_changed_and_ended,
    one_call_of_a_name_goes_on_at_a_time,
    metadata_is_an_object_that_both_databases_keep,
    a_call_changes_only_if_it_is_as_expected,
    lists_come_in_pages_of_what_a_pattern_matches,
    a_request_that_comes_twice_is_answered_as_the_first_time,
    tokens_stay_revoked_until_they_expire,
}

fn named(name: &str) -> NewCall {
    NewCall {
        room_id: Some(CallId::new(name).expect("a name")),
        metadata: json!({}),
        max_participants: None,
        locked: false,
        created_by: None,
    }
}

async fn book(store: &Store, name: &str) -> Call {
    store.create_call(named(name)).await.expect("is booked")
}

fn all() -> ListCalls {
    ListCalls { pattern: CallPattern::any(), status: None, room_id: None, before: None, limit: 100 }
}

async fn a_call_is_booked_found_changed_and_ended(tables: Tables) {
    let store = tables.store().await;
    let new = NewCall {
        room_id: None,
        metadata: json!({ "subject": "Zoë’s 🦊", "n": [1, 2.5, null, true] }),
        max_participants: Some(7),
        locked: true,
        created_by: Some(UserId::new("backend").expect("an id")),
    };
    let before = Utc::now() - TimeDelta::milliseconds(1);
    let call = store.create_call(new.clone()).await.expect("is booked");
    assert_eq!(call.call_id.as_str(), call.id.to_string(), "without a name, its id");
    assert!((before..=Utc::now()).contains(&call.created_at), "{}", call.created_at);
    assert_eq!(
        (call.status, call.started_at, call.ended_at, call.version, call.recording),
        (CallStatus::Active, None, None, 1, false)
    );
    assert_eq!(
        (&call.metadata, call.max_participants, call.locked, &call.created_by),
        (&new.metadata, Some(7), true, &new.created_by)
    );
    assert_eq!(store.find_call(&CallName::from(call.id)).await, Ok(call.clone()));
    assert_eq!(store.find_call(&CallName::new("nobody's")).await, Err(StoreError::NotFound));

    let patch = CallPatch { locked: Some(false), ..CallPatch::default() };
    let changed = store.update_call(call.id, None, patch).await.expect("changes");
    assert_eq!(changed, Call { locked: false, version: 2, ..call.clone() });

    let ended = store.end_call(call.id, "ended").await.expect("ends");
    assert_eq!((ended.status, ended.end_reason.as_deref(), ended.version), (CallStatus::Ended, Some("ended"), 3));
    assert!(ended.ended_at >= Some(ended.created_at));
    assert_eq!(store.end_call(call.id, "again").await, Ok(ended), "once is enough");
    assert_eq!(store.end_call(Uuid::new_v4(), "ended").await, Err(StoreError::NotFound));
    assert_eq!(store.ping().await, Ok(()));
    store.close().await;
    assert_eq!(store.ping().await, Err(StoreError::Unavailable));
}

async fn one_call_of_a_name_goes_on_at_a_time(tables: Tables) {
    let store = tables.store().await;
    let first = book(&store, "standup").await;
    assert_eq!(store.create_call(named("standup")).await, Err(StoreError::Conflict));
    book(&store, "Standup").await;
    store.end_call(first.id, "ended").await.expect("ends");
    let found = |name: String| async { store.find_call(&CallName::new(name)).await.expect("is there").id };
    assert_eq!(found("standup".into()).await, first.id, "the latest that was");
    let second = book(&store, "standup").await;
    assert_eq!(found("standup".into()).await, second.id, "the one that goes on");
    assert_eq!(found(first.id.to_string()).await, first.id, "by its own id");
    let namesake = book(&store, &first.id.to_string()).await;
    assert_eq!(found(first.id.to_string()).await, first.id, "whatever others are called");
    assert_eq!(found(namesake.id.to_string()).await, namesake.id);
}

async fn metadata_is_an_object_that_both_databases_keep(tables: Tables) {
    let store = tables.store().await;
    for metadata in [json!([]), json!("text"), json!(null), json!({ "a": ["b\0"] }), json!({ "a\0": 1 })] {
        let refused = store.create_call(NewCall { metadata: metadata.clone(), ..named("a") }).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{metadata}");
    }
    let call = book(&store, "a").await;
    let patch = CallPatch { metadata: Some(json!([])), ..CallPatch::default() };
    assert!(matches!(store.update_call(call.id, None, patch).await, Err(StoreError::Invalid(_))));
}

async fn a_call_changes_only_if_it_is_as_expected(tables: Tables) {
    let store = tables.store().await;
    let call = book(&store, "a").await;
    let patch = |max| CallPatch { max_participants: Some(max), metadata: Some(json!({ "max": max })), locked: None };
    let second = store.update_call(call.id, Some(1), patch(2)).await.expect("is of version 1");
    assert_eq!((second.version, second.max_participants, &second.metadata["max"]), (2, Some(2), &json!(2)));
    assert_eq!(store.update_call(call.id, Some(1), patch(3)).await, Err(StoreError::Changed));
    assert_eq!(store.update_call(Uuid::new_v4(), Some(1), patch(3)).await, Err(StoreError::NotFound));
    assert_eq!(store.find_call(&call.id.into()).await, Ok(second));
}

async fn lists_come_in_pages_of_what_a_pattern_matches(tables: Tables) {
    let store = tables.store().await;
    for name in ["team-a", "team-b", "Team-c", "team_d", "teams", "te%m-e", "team-f"] {
        book(&store, name).await;
    }
    let ended = store.find_call(&CallName::new("team-b")).await.expect("is there").id;
    store.end_call(ended, "ended").await.expect("ends");
    let names = |list: ListCalls| {
        let store = &store;
        async move {
            let (mut names, mut list) = (Vec::new(), list);
            loop {
                let page = store.list_calls(&list).await.expect("a page");
                assert!(page.items.len() <= list.limit as usize);
                names.extend(page.items.iter().map(|call| call.call_id.to_string()));
                let Some(next) = page.next else { return names };
                list.before = Some(next.to_string().parse().expect("a cursor"));
            }
        }
    };
    let everything = ["team-f", "te%m-e", "teams", "team_d", "Team-c", "team-b", "team-a"];
    for limit in [1, 2, 7, 100] {
        assert_eq!(names(ListCalls { limit, ..all() }).await, everything, "{limit}");
    }
    let matching = |pattern: &str| names(ListCalls { pattern: CallPattern::new(pattern), limit: 2, ..all() });
    assert_eq!(matching("team-*").await, ["team-f", "team-b", "team-a"]);
    assert_eq!(matching("te%m*").await, ["te%m-e"]);
    assert_eq!(matching("team_*").await, ["team_d"]);
    assert_eq!(matching("*-c").await, ["Team-c"]);
    assert!(matching("team").await.is_empty());
    let status = |status| names(ListCalls { status: Some(status), ..all() });
    assert_eq!(status(CallStatus::Ended).await, ["team-b"]);
    assert_eq!(status(CallStatus::Active).await.len(), 6);
    let room_id = CallId::new("team_d").ok();
    assert_eq!(names(ListCalls { room_id, ..all() }).await, ["team_d"]);
}

async fn a_request_that_comes_twice_is_answered_as_the_first_time(tables: Tables) {
    let store = tables.store().await;
    let ask = |caller, key, hash| store.idempotent(caller, key, hash);
    assert_eq!(ask("a", "k", "h").await, Ok(Idempotency::New));
    assert_eq!(ask("a", "k", "h").await, Ok(Idempotency::InProgress));
    assert_eq!(ask("a", "k", "other").await, Ok(Idempotency::Reused));
    assert_eq!(ask("b", "k", "other").await, Ok(Idempotency::New), "somebody else's");
    store.forget("b", "k").await.expect("is forgotten");
    assert_eq!(ask("b", "k", "third").await, Ok(Idempotency::New));
    store.remember("a", "k", 201, "{\"data\":1}").await.expect("is kept");
    let answered = Idempotency::Answered { status: 201, body: "{\"data\":1}".into() };
    assert_eq!(ask("a", "k", "h").await, Ok(answered));
    assert_eq!(ask("a", "k", "other").await, Ok(Idempotency::Reused));
    store.forget("a", "k").await.expect("an answer stays");
    let day = TimeDelta::hours(24);
    assert_eq!(store.expire_idempotency_keys(Utc::now() + day - TimeDelta::minutes(1)).await, Ok(0));
    assert_eq!(store.expire_idempotency_keys(Utc::now() + day).await, Ok(2));
    assert_eq!(ask("a", "k", "h").await, Ok(Idempotency::New));
}

async fn tokens_stay_revoked_until_they_expire(tables: Tables) {
    let store = tables.store().await;
    let expires_at = |s| SystemTime::from(DateTime::<Utc>::from_timestamp(s, 0).expect("a time"));
    let soon = Utc::now().timestamp() + 60;
    let token = |name, s| RevokedToken { token_id: TokenId::new(name), expires_at: expires_at(s) };
    for token in [token("later", soon + 60), token("soon", soon), token("over", 1), token("soon", soon + 999)] {
        store.revoke_token(&token).await.expect("is revoked");
    }
    assert_eq!(store.revoked_tokens().await, Ok(vec![token("soon", soon), token("later", soon + 60)]));
    assert_eq!(store.expire_revoked_tokens(Utc::now()).await, Ok(1));
    assert_eq!(store.expire_revoked_tokens(expires_at(soon).into()).await, Ok(1));
    assert_eq!(store.revoked_tokens().await, Ok(vec![token("later", soon + 60)]));
}
