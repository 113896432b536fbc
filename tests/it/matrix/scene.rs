//! A call with people in it upon whom somebody may act: Hanna, its host, and Tara, who takes part.

use super::callers::Callers;
use crate::support::{Client, fixtures};
use serde_json::{Value, json};

/// The people, and what they publish.
pub struct Scene {
    pub call: String,
    pub hanna: Client,
    pub hannas_id: String,
    pub tara: Client,
    pub taras_id: String,
    pub taras_audio: String,
    pub taras_channel: String,
}

impl Scene {
    /// Hanna opens the call and speaks; Tara publishes audio, video and a channel in it.
    pub async fn set(callers: &Callers, call: &str) -> Self {
        let (hanna, hannas_id) = enter(callers, call, "hanna").await;
        let hannas_transport = hanna.create_transport("send").await;
        hanna.produce_audio(&hannas_transport).await;
        let (tara, taras_id) = enter(callers, call, "tara").await;
        let taras_transport = tara.create_transport("send").await;
        let taras_audio = tara.produce_audio(&taras_transport).await;
        tara.produce_video(&taras_transport).await;
        let taras_channel = tara.produce_data(&taras_transport, 0).await;
        let call = call.to_owned();
        Self { call, hanna, hannas_id, tara, taras_id, taras_audio, taras_channel }
    }

    /// What has to have happened before an action makes sense.
    pub async fn prepare(&self, action: &str) {
        match action {
            "unmute" => {
                self.hanna.ok("mutePeer", json!({ "peerId": self.taras_id, "kind": "audio" })).await;
                // Told once the worker has done it.
                self.hanna.next_event("producerPaused").await;
            }
            "unlock" | "enterLocked" => {
                self.hanna.ok("lockRoom", json!({})).await;
            }
            _ => {}
        }
    }
}

async fn enter(callers: &Callers, call: &str, name: &str) -> (Client, String) {
    let client = Client::connect_as(&callers.server, callers.token_of(name)).await;
    let joined = client.create_and_join(call, name).await;
    (client, fixtures::text(&joined, "peerId"))
}

/// What comes of it when somebody knocks at the door, and goes away again.
pub async fn knock(callers: &Callers, call: &str, name: &str) -> String {
    let client = Client::connect_as(&callers.server, callers.token_of(name)).await;
    match client.try_create_and_join(call, name).await {
        Ok(_) => {
            client.ok("leaveRoom", Value::Null).await;
            "in".into()
        }
        Err(refusal) => refusal.code,
    }
}
