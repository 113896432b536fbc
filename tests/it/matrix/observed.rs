//! What anybody could notice of a call, to be compared before and after an action.

use super::callers::{Callers, Who};
use super::scene::{Scene, knock};
use crate::support::DEADLINE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

/// A call from outside and inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Whether the room is there.
    pub open: bool,
    /// Who is in it, and in which role.
    pub people: BTreeMap<String, String>,
    /// Whose what is published, and whether it is paused.
    pub published: BTreeMap<String, bool>,
    /// How many channels are open, and how many receive them.
    pub channels: [u64; 2],
    /// How many tracks each receives.
    pub received: BTreeMap<String, u64>,
    /// How many messages Hanna has had.
    pub messages: usize,
    /// What Tara's own wish to be heard comes to.
    pub tara_speaks: String,
    /// What it comes to when Tara, being gone, knocks again.
    pub tara_returns: String,
    /// What it comes to when somebody else knocks.
    pub newcomer: String,
}

impl Observed {
    /// Looks at all of it.
    pub async fn of(callers: &Callers, scene: &Scene) -> Self {
        let call = &scene.call;
        let report =
            callers.request(Who::Host, Method::GET, &format!("/stats/rooms/{call}")).send().await.expect("an answer");
        if report.status() == StatusCode::NOT_FOUND {
            return Self::default();
        }
        let report: Value = report.json().await.expect("JSON");
        let participants = report["participants"].as_array().expect("a list");
        let field = |of: &Value, name: &str| of[name].as_str().expect("a text").to_owned();
        let mut observed = Self { open: true, channels: callers.server.data_counts().await, ..Self::default() };
        for participant in participants {
            let user = field(participant, "userId");
            observed.people.insert(user.clone(), field(participant, "role"));
            let received = participant["consumers"].as_u64().expect("a number");
            observed.received.extend((received > 0).then(|| (user.clone(), received)));
            for producer in participant["producers"].as_array().expect("a list") {
                let source = producer["appData"]["source"].as_str().unwrap_or_default();
                let name = [&user, &field(producer, "kind"), source].join(" ").trim_end().to_owned();
                observed.published.insert(name, producer["paused"] == true);
            }
        }
        // Refused if she is not in it any more: then nothing comes either.
        drop(scene.hanna.request("getProducers", json!({ "callId": call })).await);
        observed.messages = scene.hanna.event_names().into_iter().filter(|name| name == "message").count();
        let resumed = scene.tara.request("resumeProducer", json!({ "producerId": scene.taras_audio })).await;
        observed.tara_speaks = resumed.map_or_else(|refusal| refusal.code, |_| "yes".into());
        if !observed.people.contains_key("tara") {
            observed.tara_returns = knock(callers, call, "tara").await;
        }
        observed.newcomer = knock(callers, call, "newcomer").await;
        observed
    }

    /// It looks like this, or does so in a moment: what a worker has to do is done after the answer.
    pub async fn comes(&self, callers: &Callers, scene: &Scene, told: &str) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let observed = Self::of(callers, scene).await;
            if observed == *self {
                return;
            }
            assert!(Instant::now() < deadline, "{told}: it should be {self:#?}, and is {observed:#?}");
        }
    }

    /// Tara is in the room no more.
    pub fn without_tara(&mut self, returns: &str) {
        self.people.remove("tara");
        self.nothing_of("tara");
        self.tara_speaks = "NOT_JOINED".into();
        self.tara_returns = returns.into();
    }

    /// Somebody publishes nothing any more.
    pub fn nothing_of(&mut self, user: &str) {
        self.published.retain(|name, _| !name.starts_with(user));
        if user == "tara" {
            self.channels = [0, 0];
            self.tara_speaks = "PRODUCER_NOT_FOUND".into();
        }
    }
}
