//! Calls over HTTP: booked, read, changed, listed and ended. The same on each database.

use crate::support::rest::{Rest, tell};
use crate::support::tables::{Tables, on_each_database};
use crate::support::{Client, TestServer};
use colloquy::config::RoleName;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_each_database! {
    a_call_is_booked_read_changed_and_ended,
    a_call_without_a_name_has_its_id_for_one,
    one_call_of_a_name_is_booked_at_a_time,
    what_makes_no_sense_is_refused_by_its_name,
    a_post_that_is_sent_again_books_nothing,
    a_change_is_made_of_the_version_that_was_read,
    lists_come_in_pages,
    no_call_is_found_by_another_ones_name,
}

/// A server where everybody is a host, and somebody who asks.
pub async fn served(tables: &Tables) -> (TestServer, Rest) {
    let server = TestServer::start_with(|config| {
        config.database.url = tables.url.clone().into();
        config.auth.anonymous_role = RoleName::Host;
    });
    let server = server.await;
    let rest = Rest::of(&server);
    (server, rest)
}

fn text<'a>(call: &'a Value, field: &str) -> &'a str {
    call[field].as_str().unwrap_or_else(|| panic!("{field}: {call}"))
}

async fn a_call_is_booked_read_changed_and_ended(tables: Tables) {
    let (server, rest) = served(&tables).await;
    let new = json!({ "callId": "café / 1", "metadata": { "topic": "🦊" }, "maxParticipants": 7, "locked": true });
    let told = rest.post("/calls", &new).await;
    let (location, etag) = (told.header("location").to_owned(), told.header("etag").to_owned());
    assert_eq!(told.header("cache-control"), "no-store");
    let call = told.data(201);
    assert_eq!(location, format!("/calls/{}", text(&call, "id")));
    assert_eq!(etag, format!("\"{}\"", call["version"]));
    for (field, value) in new.as_object().expect("an object") {
        assert_eq!(&call[field], value);
    }
    assert_eq!((text(&call, "status"), &call["startedAt"], &call["endedAt"]), ("active", &Value::Null, &Value::Null));

    let encoded = "/calls/caf%C3%A9%20%2F%201";
    for path in [&location, encoded, &location.replace("/calls", "/video-calls")] {
        let told = rest.get(path).await;
        assert_eq!(told.header("etag"), etag);
        assert_eq!(told.data(200), call, "{path}");
    }
    let told = rest.put(encoded, &json!({ "metadata": { "n": 1 }, "locked": false })).await;
    assert_ne!(told.header("etag"), etag);
    let changed = told.data(200);
    assert_eq!((&changed["metadata"], &changed["locked"]), (&json!({ "n": 1 }), &json!(false)));
    assert_eq!(changed["maxParticipants"], 7, "left out: stays");
    assert_eq!(rest.put(&location, &json!({ "maxParticipants": null })).await.data(200)["maxParticipants"], 7);

    let ended = rest.delete(&location).await.data(200);
    assert_eq!((text(&ended, "status"), text(&ended, "endReason")), ("ended", "ended"));
    assert_eq!(rest.delete(&location).await.data(200), ended, "once is enough");
    assert_eq!(rest.get(encoded).await.data(200), ended, "the latest of that name");
    rest.put(&location, &json!({ "locked": true })).await.problem(409, "CALL_ENDED");
    server.finish().await;
}

async fn a_call_without_a_name_has_its_id_for_one(tables: Tables) {
    let (server, rest) = served(&tables).await;
    for request in [rest.request(Method::POST, "/calls"), rest.request(Method::POST, "/video-calls").json(&json!({}))] {
        let told = tell(request).await;
        let location = told.header("location").to_owned();
        let call = told.data(201);
        assert_eq!(text(&call, "callId"), text(&call, "id"));
        assert_eq!(
            (&call["metadata"], &call["locked"], &call["maxParticipants"]),
            (&json!({}), &json!(false), &Value::Null)
        );
        assert_eq!(rest.get(&location).await.data(200), call, "{location}");
    }
    server.finish().await;
}

async fn one_call_of_a_name_is_booked_at_a_time(tables: Tables) {
    let (server, rest) = served(&tables).await;
    let first = rest.book("c").await;
    rest.post("/calls", &json!({ "callId": "c" })).await.problem(409, "CALL_EXISTS");
    rest.delete("/calls/c").await.data(200);
    let second = rest.book("c").await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(rest.get("/calls/c").await.data(200), second, "the one that goes on");
    let new = json!({ "callId": "at once" });
    let told = futures_util::future::join_all((0..10).map(|_| rest.post("/calls", &new))).await;
    let mut statuses: Vec<_> = told.iter().map(|told| told.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[201].as_slice(), &[409; 9]].concat());
    server.finish().await;
}

async fn what_makes_no_sense_is_refused_by_its_name(tables: Tables) {
    let (server, rest) = served(&tables).await;
    rest.book("c").await;
    let bodies = [
        (json!({ "callId": "" }), "callId: expected a string of 1 to 128 characters"),
        (json!({ "callId": "a\u{0}" }), "callId: expected a string"),
        (json!({ "metadata": [1] }), "metadata: invalid type: sequence"),
        (json!({ "metadata": { "a": ["\u{0}"] } }), "metadata must not contain the character U+0000"),
        (json!({ "maxParticipants": 0 }), "maxParticipants: expected an integer from 1 to 10000"),
        (json!({ "maxParticipants": 10_001 }), "maxParticipants: expected an integer from 1 to 10000"),
        (json!({ "maxParticipants": "7" }), "maxParticipants: invalid type: string"),
        (json!({ "locked": 1 }), "locked: invalid type: integer"),
        (json!({ "maxParticipant": 1 }), "unknown field `maxParticipant`"),
        (json!([]), "the body: "),
    ];
    for (body, detail) in bodies {
        let told = rest.post("/calls", &body).await.problem(400, "INVALID_REQUEST");
        assert!(told.contains(detail), "{body}: {told}");
        if body.get("callId").is_none() {
            let told = rest.put("/calls/c", &body).await.problem(400, "INVALID_REQUEST");
            assert!(told.contains(detail), "{body}: {told}");
        }
    }
    for (text, detail) in
        [("{", "EOF"), ("{}x", "trailing"), ("nothing", "expected"), ("{\"locked\":true,\"locked\":true}", "duplicate")]
    {
        let request = rest.request(Method::POST, "/calls").header("Content-Type", "application/json").body(text);
        let told = tell(request).await.problem(400, "INVALID_REQUEST");
        assert!(told.contains(detail), "{text}: {told}");
    }
    let form = rest.request(Method::POST, "/calls").header("Content-Type", "text/plain").body("{}");
    tell(form).await.problem(415, "INVALID_REQUEST");
    let large = json!({ "metadata": { "text": "x".repeat(70_000) } });
    let told = rest.post("/calls", &large).await.problem(413, "LIMIT_EXCEEDED");
    assert!(told.contains("rest.max_body_bytes"), "{told}");
    for (query, detail) in [
        ("limit=0", "limit: expected an integer from 1 to 200"),
        ("limit=201", "limit: expected an integer from 1 to 200"),
        ("limit=x", "limit: expected an integer from 1 to 200"),
        ("status=over", "status: unknown variant"),
        ("callId=", "callId: expected a string"),
        ("cursor=x", "cursor: expected a cursor"),
        ("limits=1", "unknown field"),
    ] {
        let told = rest.get(&format!("/calls?{query}")).await.problem(400, "INVALID_REQUEST");
        assert!(told.contains(detail), "{query}: {told}");
    }
    for key in ["", &"x".repeat(256), "ä"] {
        let request = rest.request(Method::POST, "/calls").header("Idempotency-Key", key.as_bytes());
        let told = tell(request.json(&json!({}))).await.problem(400, "INVALID_REQUEST");
        assert!(told.starts_with("Idempotency-Key: "), "{told}");
    }
    let request = rest.request(Method::PUT, "/calls/c").header("If-Match", "3").json(&json!({}));
    let told = tell(request).await.problem(400, "INVALID_REQUEST");
    assert!(told.starts_with("If-Match: "), "{told}");
    for path in ["/calls/d", "/calls/%00", "/calls/%FF", "/calls/00000000-0000-0000-0000-000000000000"] {
        rest.get(path).await.problem(404, "CALL_NOT_FOUND");
    }
    rest.get("/calls/c/nothing").await.problem(404, "UNSUPPORTED");
    let told = rest.delete("/calls").await;
    assert_eq!(told.header("allow"), "GET,HEAD,POST");
    told.problem(405, "INVALID_REQUEST");
    server.finish().await;
}

async fn a_post_that_is_sent_again_books_nothing(tables: Tables) {
    let (server, rest) = served(&tables).await;
    let keyed =
        |key: &str, body: &Value| rest.request(Method::POST, "/calls").header("Idempotency-Key", key).json(body);
    let first = tell(keyed("one", &json!({ "metadata": { "n": 1 } }))).await;
    let again = tell(keyed("one", &json!({ "metadata": { "n": 1 } }))).await;
    for header in ["location", "etag", "content-type"] {
        assert_eq!(first.header(header), again.header(header));
    }
    let call = first.data(201);
    assert_eq!(again.data(201), call);
    let told = tell(keyed("one", &json!({ "metadata": { "n": 2 } }))).await.problem(422, "IDEMPOTENCY_KEY_REUSED");
    assert!(told.starts_with("Idempotency-Key: "), "{told}");
    let body = json!({ "metadata": {} });
    let at_once = futures_util::future::join_all((0..20).map(|_| tell(keyed("two", &body)))).await;
    let ids: BTreeSet<_> = at_once.into_iter().map(|told| text(&told.data(201), "id").to_owned()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let calls = rest.get("/calls").await.data(200);
    assert_eq!(calls.as_array().map(Vec::len), Some(2), "{calls}");
    // What was refused may be tried again: by then it may be right.
    rest.book("c").await;
    tell(keyed("three", &json!({ "callId": "c" }))).await.problem(409, "CALL_EXISTS");
    rest.delete("/calls/c").await.data(200);
    tell(keyed("three", &json!({ "callId": "c" }))).await.data(201);
    server.finish().await;
}

async fn a_change_is_made_of_the_version_that_was_read(tables: Tables) {
    let (server, rest) = served(&tables).await;
    let etag = rest.post("/calls", &json!({ "callId": "c" })).await.header("etag").to_owned();
    let change = |condition: &str, n: u32| {
        let request = rest.request(Method::PUT, "/calls/c").header("If-Match", condition);
        tell(request.json(&json!({ "metadata": { "n": n } })))
    };
    let told = change(&etag, 1).await;
    let newer = told.header("etag").to_owned();
    told.data(200);
    let told = change(&etag, 2).await.problem(412, "PRECONDITION_FAILED");
    assert!(told.starts_with("If-Match: "), "{told}");
    change(&format!("W/{newer}"), 2).await.problem(412, "PRECONDITION_FAILED");
    let told = change(&format!("\"x\", {newer}"), 3).await;
    let newest = told.header("etag").to_owned();
    told.data(200);
    let at_once = futures_util::future::join_all((10..20).map(|n| change(&newest, n))).await;
    let mut statuses: Vec<_> = at_once.iter().map(|told| told.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[200].as_slice(), &[412; 9]].concat());
    change("*", 4).await.data(200);
    server.finish().await;
}

async fn lists_come_in_pages(tables: Tables) {
    let (server, rest) = served(&tables).await;
    for number in 0..5 {
        rest.book(&format!("c{number}")).await;
    }
    rest.delete("/calls/c1").await.data(200);
    let names = |told: &Value| -> Vec<String> {
        told["data"].as_array().expect("a list").iter().map(|call| text(call, "callId").to_owned()).collect()
    };
    let (mut cursor, mut pages) = (String::new(), Vec::new());
    loop {
        let page = rest.get(&format!("/calls?limit=2{cursor}")).await.body;
        pages.push(names(&page));
        let Some(next) = page["nextCursor"].as_str() else { break };
        // What comes meanwhile is newer than all that is to follow.
        rest.book(&format!("new {}", pages.len())).await;
        cursor = format!("&cursor={next}");
    }
    assert_eq!(pages, [vec!["c4", "c3"], vec!["c2", "c1"], vec!["c0"]]);
    assert_eq!(names(&rest.get("/calls?status=ended").await.body), ["c1"]);
    assert_eq!(names(&rest.get("/calls?callId=c3&status=active").await.body), ["c3"]);
    assert_eq!(names(&rest.get("/calls?callId=c1&status=active").await.body), [""; 0]);
    server.finish().await;
}

async fn no_call_is_found_by_another_ones_name(tables: Tables) {
    let (server, rest) = served(&tables).await;
    let first = rest.book("c").await;
    let id = text(&first, "id");
    let named_like_it = rest.book(&id.to_uppercase()).await;
    assert_eq!(rest.get(&format!("/calls/{id}")).await.data(200), first);
    assert_ne!(named_like_it["id"], first["id"]);
    rest.delete("/calls/c").await.data(200);
    // Another one of that name: what is done to the first one by its id is not done to it.
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    rest.delete(&format!("/calls/{id}/participants/{id}")).await.problem(409, "CALL_ENDED");
    assert_eq!(rest.delete(&format!("/calls/{id}")).await.data(200)["status"], "ended");
    anna.catch_up("c").await;
    assert!(!anna.event_names().contains(&"roomClosed".to_owned()));
    drop(anna);
    server.finish().await;
}
