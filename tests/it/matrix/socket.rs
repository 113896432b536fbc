//! Over Socket.IO.

use super::callers::{Callers, Who};
use super::observed::Observed;
use super::scene::Scene;
use super::table::{Outcome, cells};
use crate::support::{Answer, Client, fixtures};
use serde_json::{Value, json};

/// `yes`: done · `no`: FORBIDDEN · `out`: NOT_JOINED, not having got in · `401`: not even connected.
const TABLE: &str = "
                    host  moderator  participant  viewer  listed  elsewhere  nobody
    createRoom      yes   yes        yes          no      no      no         401
    joinRoom        yes   yes        yes          yes     yes     no         401
    enterLocked     yes   yes        locked       locked  locked  no         401
    getProducers    yes   yes        yes          yes     yes     out        401

    publishAudio    yes   yes        yes          no      yes     out        401
    publishVideo    yes   yes        yes          no      no      out        401
    publishScreen   yes   yes        yes          no      no      out        401
    screensSound    yes   yes        yes          no      no      out        401
    publishData     yes   yes        yes          no      no      out        401
    subscribe       yes   yes        yes          yes     yes     out        401
    subscribeData   yes   yes        yes          yes     yes     out        401
    sendMessage     yes   yes        yes          no      no      out        401

    kick            yes   yes        no           no      yes     out        401
    ban             yes   yes        no           no      yes     out        401
    kickHost        yes   no         no           no      no      out        401
    mute            yes   yes        no           no      no      out        401
    unmute          yes   yes        no           no      no      out        401
    muteHost        yes   no         no           no      no      out        401
    lower           yes   yes        no           no      no      out        401
    raise           yes   yes        no           no      no      out        401
    raiseToHost     yes   no         no           no      no      out        401
    lowerHost       yes   no         no           no      no      out        401
    lock            yes   yes        no           no      no      out        401
    unlock          yes   yes        no           no      no      out        401
    closeRoom       yes   no         no           no      no      out        401
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_socket_io_everybody_may_do_what_the_table_says() {
    let callers = Callers::gathered().await;
    for (number, (action, who, outcome)) in cells(TABLE).into_iter().enumerate() {
        let call = format!("call-{number}");
        let told = format!("{action} by {who:?}");
        if action == "createRoom" {
            create(&callers, &call, who, outcome, &told).await;
        } else {
            act(&callers, &call, action, who, outcome, &told).await;
        }
        // What a scene leaves behind would be counted in the next one.
        callers.server.until_peers_have([0; 4]).await;
        callers.server.until_data_counts([0; 2]).await;
    }
    callers.server.finish().await;
}

/// Connects, as far as one gets.
async fn connect(callers: &Callers, who: Who) -> Result<Client, String> {
    let connected = match callers.shown_by(who) {
        Some(token) => Client::try_connect_as(&callers.server, &json!({ "token": token })).await,
        None => Client::try_connect(&callers.server).await,
    };
    connected.map_err(|refusal| {
        let message = fixtures::text(&refusal, "message");
        message.split(':').next().unwrap_or_default().to_owned()
    })
}

/// Nobody has made the room before.
async fn create(callers: &Callers, call: &str, who: Who, outcome: Outcome, told: &str) {
    let rooms = callers.server.counts().await[0];
    let came = match connect(callers, who).await {
        Ok(client) => client.request("createRoom", json!({ "callId": call })).await.map_err(|refusal| refusal.code),
        Err(code) => Err(code),
    };
    match outcome {
        Outcome::Yes => {
            assert_eq!(came.unwrap_or_else(|code| panic!("{told}: {code}"))["created"], true, "{told}");
        }
        Outcome::No(code) => {
            assert_eq!(came, Err(code.to_owned()), "{told}");
            assert_eq!(callers.server.counts().await[0], rooms, "{told}");
        }
    }
}

async fn act(callers: &Callers, call: &str, action: &str, who: Who, outcome: Outcome, told: &str) {
    let scene = Scene::set(callers, call).await;
    let actor = connect(callers, who).await;
    let enters = matches!(action, "joinRoom" | "enterLocked");
    if let (Ok(actor), false) = (&actor, enters) {
        // Who does not get in tries all the same.
        let entered = actor.try_create_and_join(call, "actor").await;
        assert_eq!(
            entered.err().map(|refusal| refusal.code),
            (who == Who::Elsewhere).then(|| "FORBIDDEN".into()),
            "{told}"
        );
    }
    scene.prepare(action).await;
    let before = Observed::of(callers, &scene).await;
    let came = match &actor {
        Ok(actor) => perform(action, &scene, actor).await.map_err(|refusal| refusal.code),
        Err(code) => Err(code.clone()),
    };
    let mut expected = before.clone();
    match outcome {
        Outcome::Yes => {
            came.unwrap_or_else(|code| panic!("{told}: {code}"));
            effect(action, who, &mut expected);
        }
        Outcome::No(code) => assert_eq!(came.err().as_deref(), Some(code), "{told}"),
    }
    expected.comes(callers, &scene, &format!("{told}, which is {outcome:?}")).await;
}

async fn perform(action: &str, scene: &Scene, actor: &Client) -> Answer {
    let (tara, hanna) = (&scene.taras_id, &scene.hannas_id);
    let (event, payload) = match action {
        "joinRoom" | "enterLocked" => return actor.try_create_and_join(&scene.call, "actor").await,
        "getProducers" => ("getProducers", json!({ "callId": scene.call })),
        "publishAudio" => return produce(actor, "audio", fixtures::audio(), "microphone").await,
        "publishVideo" => return produce(actor, "video", fixtures::video(), "camera").await,
        "publishScreen" => return produce(actor, "video", fixtures::video(), "screen").await,
        "screensSound" => return produce(actor, "audio", fixtures::audio(), "screen").await,
        "publishData" => ("produceData", fixtures::channel(&transport(actor, "send").await?, 0)),
        "subscribe" => {
            let transport = transport(actor, "recv").await?;
            let capabilities = actor.capabilities();
            let payload =
                json!({ "transportId": transport, "producerId": scene.taras_audio, "rtpCapabilities": capabilities });
            ("consume", payload)
        }
        "subscribeData" => {
            let transport = transport(actor, "recv").await?;
            ("consumeData", json!({ "transportId": transport, "dataProducerId": scene.taras_channel }))
        }
        "sendMessage" => ("sendMessage", json!({ "topic": "t", "data": {} })),
        "kick" => ("kickPeer", json!({ "peerId": tara })),
        "ban" => ("kickPeer", json!({ "peerId": tara, "ban": true })),
        "kickHost" => ("kickPeer", json!({ "peerId": hanna })),
        "mute" => ("mutePeer", json!({ "peerId": tara, "kind": "audio" })),
        "unmute" => ("mutePeer", json!({ "peerId": tara, "kind": "audio", "muted": false })),
        "muteHost" => ("mutePeer", json!({ "peerId": hanna, "kind": "audio" })),
        "lower" => ("setPeerRole", json!({ "peerId": tara, "role": "viewer" })),
        "raise" => ("setPeerRole", json!({ "peerId": tara, "role": "moderator" })),
        "raiseToHost" => ("setPeerRole", json!({ "peerId": tara, "role": "host" })),
        "lowerHost" => ("setPeerRole", json!({ "peerId": hanna, "role": "viewer" })),
        "lock" => ("lockRoom", json!({})),
        "unlock" => ("lockRoom", json!({ "locked": false })),
        "closeRoom" => ("closeRoom", json!({})),
        _ => panic!("no action is called {action}"),
    };
    actor.request(event, payload).await
}

async fn produce(actor: &Client, kind: &str, rtp_parameters: Value, source: &str) -> Answer {
    let transport = transport(actor, "send").await?;
    let app_data = json!({ "source": source });
    let payload =
        json!({ "transportId": transport, "kind": kind, "rtpParameters": rtp_parameters, "appData": app_data });
    actor.request("produce", payload).await
}

async fn transport(actor: &Client, direction: &str) -> Result<String, crate::support::Refusal> {
    Ok(fixtures::text(&actor.request("createTransport", json!({ "direction": direction })).await?, "id"))
}

/// What an action changes where it is allowed; nothing else does.
pub fn effect(action: &str, who: Who, observed: &mut Observed) {
    let actor = format!("{who:?}").to_lowercase();
    let mut publishes = |what: &str| {
        observed.published.insert(format!("{actor} {what}"), false);
    };
    match action {
        "getProducers" => {}
        "joinRoom" | "enterLocked" => {
            observed.people.insert(actor, who.role().into());
        }
        "publishAudio" => publishes("audio microphone"),
        "publishVideo" => publishes("video camera"),
        "publishScreen" => publishes("video screen"),
        "screensSound" => publishes("audio screen"),
        "publishData" => observed.channels[0] += 1,
        "subscribe" => {
            observed.received.insert(actor, 1);
        }
        "subscribeData" => observed.channels[1] += 1,
        "sendMessage" => observed.messages += 1,
        "kick" => observed.without_tara("in"),
        "ban" => observed.without_tara("BANNED"),
        "mute" => {
            observed.published.insert("tara audio".into(), true);
            observed.tara_speaks = "FORBIDDEN".into();
        }
        "unmute" => observed.tara_speaks = "yes".into(),
        "lower" => {
            observed.people.insert("tara".into(), "viewer".into());
            observed.nothing_of("tara");
        }
        "raise" => {
            observed.people.insert("tara".into(), "moderator".into());
        }
        "raiseToHost" => {
            observed.people.insert("tara".into(), "host".into());
        }
        "lowerHost" => {
            observed.people.insert("hanna".into(), "viewer".into());
            observed.nothing_of("hanna");
        }
        "kickHost" => {
            observed.people.remove("hanna");
            observed.nothing_of("hanna");
        }
        "muteHost" => {
            observed.published.insert("hanna audio".into(), true);
        }
        "lock" => observed.newcomer = "ROOM_LOCKED".into(),
        "unlock" => observed.newcomer = "in".into(),
        "closeRoom" => *observed = Observed::default(),
        _ => panic!("no action is called {action}"),
    }
}
