//! Over REST, by people who are not in the room.

use super::callers::{Callers, Who};
use super::observed::Observed;
use super::scene::Scene;
use super::socket::effect;
use super::table::{Outcome, cells};
use crate::support::tables::{Tables, on_each_database};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// `yes`: done · `no`: FORBIDDEN · `hidden`: not told of it · `401`: UNAUTHENTICATED.
const TABLE: &str = "
                    host  moderator  participant  viewer  listed  elsewhere  nobody  key
    createCall      yes   yes        yes          no      no      no         401     yes
    listCalls       yes   yes        yes          yes     yes     hidden     401     yes
    viewCall        yes   yes        yes          yes     yes     no         401     yes
    participants    yes   yes        yes          yes     yes     no         401     yes
    roomStats       yes   yes        yes          yes     yes     no         401     yes
    updateCall      yes   no         no           no      no      no         401     yes
    lock            yes   yes        no           no      no      no         401     yes
    unlock          yes   yes        no           no      no      no         401     yes
    kick            yes   yes        no           no      yes     no         401     yes
    ban             yes   yes        no           no      yes     no         401     yes
    kickHost        yes   no         no           no      no      no         401     yes
    mute            yes   yes        no           no      no      no         401     yes
    unmute          yes   yes        no           no      no      no         401     yes
    muteHost        yes   no         no           no      no      no         401     yes
    lower           yes   yes        no           no      no      no         401     yes
    raise           yes   yes        no           no      no      no         401     yes
    raiseToHost     yes   no         no           no      no      no         401     yes
    lowerHost       yes   no         no           no      no      no         401     yes
    endCall         yes   no         no           no      no      no         401     yes
";

on_each_database! {
    everybody_may_do_what_the_table_says,
}

async fn everybody_may_do_what_the_table_says(tables: Tables) {
    let callers = Callers::gathered_at(|config| config.database.url = tables.url.clone().into()).await;
    for (number, (action, who, outcome)) in cells(TABLE).into_iter().enumerate() {
        let call = format!("call-{number}");
        let told = format!("{action} by {who:?}");
        if action == "createCall" {
            create(&callers, &call, who, outcome, &told).await;
        } else {
            act(&callers, &call, action, who, outcome, &told).await;
        }
        callers.server.until_peers_have([0; 4]).await;
        callers.server.until_data_counts([0; 2]).await;
    }
    callers.server.finish().await;
}

async fn create(callers: &Callers, call: &str, who: Who, outcome: Outcome, told: &str) {
    let created = send(callers, who, Method::POST, "/calls", Some(json!({ "callId": call }))).await;
    let there = send(callers, Who::Key, Method::GET, &format!("/calls/{call}"), None).await;
    match outcome {
        Outcome::Yes => {
            created.unwrap_or_else(|code| panic!("{told}: {code}"));
            there.unwrap_or_else(|code| panic!("{told}: {code}"));
        }
        Outcome::No(code) => {
            assert_eq!(created.err().as_deref(), Some(code), "{told}");
            assert_eq!(there.err().as_deref(), Some("CALL_NOT_FOUND"), "{told}");
        }
    }
}

async fn act(callers: &Callers, call: &str, action: &str, who: Who, outcome: Outcome, told: &str) {
    // Kept in the database before anything is asked of it.
    let booked = send(callers, Who::Key, Method::POST, "/calls", Some(json!({ "callId": call }))).await;
    booked.unwrap_or_else(|code| panic!("POST /calls: {code}"));
    let scene = Scene::set(callers, call).await;
    scene.prepare(action).await;
    let before = (Observed::of(callers, &scene).await, kept(callers, call).await);
    let came = perform(callers, who, action, &scene).await;
    let mut expected = before.clone();
    match outcome {
        Outcome::Yes => {
            came.unwrap_or_else(|code| panic!("{told}: {code}"));
            match action {
                "listCalls" | "viewCall" | "participants" | "roomStats" => {}
                "updateCall" => expected.1 = json!({ "topic": "a test" }),
                "endCall" => expected.0 = Observed::default(),
                _ => effect(action, who, &mut expected.0),
            }
        }
        Outcome::No(code) => assert_eq!(came.err().as_deref(), Some(code), "{told}"),
    }
    expected.0.comes(callers, &scene, &format!("{told}, which is {outcome:?}")).await;
    assert_eq!(kept(callers, call).await, expected.1, "{told}");
}

/// What the application keeps with a call.
async fn kept(callers: &Callers, call: &str) -> Value {
    let kept = send(callers, Who::Key, Method::GET, &format!("/calls/{call}"), None).await;
    kept.unwrap_or_else(|code| panic!("GET /calls/{call}: {code}"))["data"]["metadata"].clone()
}

async fn perform(callers: &Callers, who: Who, action: &str, scene: &Scene) -> Result<Value, String> {
    let call = format!("/calls/{}", scene.call);
    let (tara, hanna) = (&scene.taras_id, &scene.hannas_id);
    let person = |peer: &str, rest: &str| format!("{call}/participants/{peer}{rest}");
    let (method, path, body) = match action {
        "listCalls" => {
            let list = send(callers, who, Method::GET, &format!("/calls?callId={}", scene.call), None).await?;
            let listed =
                list["data"].as_array().expect("a list").iter().any(|listed| listed["callId"] == scene.call.as_str());
            return if listed { Ok(list) } else { Err("HIDDEN".into()) };
        }
        "viewCall" => (Method::GET, call, None),
        "participants" => (Method::GET, format!("{call}/participants"), None),
        "roomStats" => (Method::GET, format!("/stats/rooms/{}", scene.call), None),
        "updateCall" => (Method::PUT, call, Some(json!({ "metadata": { "topic": "a test" } }))),
        "lock" => (Method::PUT, call, Some(json!({ "locked": true }))),
        "unlock" => (Method::PUT, call, Some(json!({ "locked": false }))),
        "endCall" => (Method::DELETE, call, None),
        "kick" => (Method::DELETE, person(tara, ""), None),
        "ban" => (Method::DELETE, person(tara, "?ban=true"), None),
        "kickHost" => (Method::DELETE, person(hanna, ""), None),
        "mute" => (Method::POST, person(tara, "/mute"), Some(json!({ "kind": "audio" }))),
        "unmute" => (Method::POST, person(tara, "/mute"), Some(json!({ "kind": "audio", "muted": false }))),
        "muteHost" => (Method::POST, person(hanna, "/mute"), Some(json!({ "kind": "audio" }))),
        "lower" => (Method::PUT, person(tara, "/role"), Some(json!({ "role": "viewer" }))),
        "raise" => (Method::PUT, person(tara, "/role"), Some(json!({ "role": "moderator" }))),
        "raiseToHost" => (Method::PUT, person(tara, "/role"), Some(json!({ "role": "host" }))),
        "lowerHost" => (Method::PUT, person(hanna, "/role"), Some(json!({ "role": "viewer" }))),
        _ => panic!("no action is called {action}"),
    };
    send(callers, who, method, &path, body).await
}

/// The body of an answer, or the code of a problem.
async fn send(callers: &Callers, who: Who, method: Method, path: &str, body: Option<Value>) -> Result<Value, String> {
    let request = callers.request(who, method.clone(), path);
    let request = body.iter().fold(request, |request, body| request.json(body));
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let text = response.text().await.expect("text");
    let body: Value = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") };
    match status {
        _ if status.is_success() => Ok(body),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            Err(body["code"].as_str().unwrap_or_else(|| panic!("a problem: {text}")).to_owned())
        }
        _ => panic!("{method} {path}: {status} {text}"),
    }
}
