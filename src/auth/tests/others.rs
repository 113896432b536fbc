//! Tokens of other issuers.

use super::*;
use crate::auth::refusal::Flaw;
use tokio_util::sync::CancellationToken;

/// A gate with our own key and another issuer's in a file; its watch goes on until the guard is dropped.
fn with_other(own: &Folder, other: &Folder) -> (Gate, tokio_util::sync::DropGuard) {
    let issuer = IssuerSettings {
        issuer: "https://login.example".to_owned(),
        audience: "calls".to_owned(),
        source: KeySource::File(other.0.join("jwks.json")),
        role: Role::Viewer,
    };
    let gate = gate(GateSettings { issuers: vec![issuer], ..settings(Some(&own.0)) });
    let stop = CancellationToken::new();
    tokio::spawn(gate.clone().watch(stop.clone()));
    (gate, stop.drop_guard())
}

/// Writes their key set, and names the key.
fn publish(folder: &Folder, pem: &str, kid: Option<&str>) {
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key");
    let mut jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, jsonwebtoken::Algorithm::RS256).expect("a key");
    jwk.common.key_id = kid.map(ToOwned::to_owned);
    fs::write(folder.0.join("jwks.json"), json!({ "keys": [jwk] }).to_string()).expect("a file");
}

fn theirs(changes: Value) -> Value {
    let mut claims = but(json!({ "iss": "https://login.example", "callId": null, "jti": null, "role": null }));
    claims.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    claims
}

#[tokio::test]
async fn one_of_theirs_is_good_with_what_it_says_and_what_is_configured() {
    let [pem, their_pem] = pems();
    let (own, other) = (Folder::with_key(pem), Folder::new());
    publish(&other, their_pem, Some("k1"));
    let (gate, _watch) = with_other(&own, &other);
    let token = signed(their_pem, Some("k1"), &theirs(json!({})));
    let caller = gate.bearer(&token, None).await.expect("good");
    assert_eq!((caller.role, caller.calls.as_str(), caller.operator), (Role::Viewer, "*", false));
    let name = caller.token_id.expect("every token has a name");
    gate.revoke(&name, "test", None).await.expect("remembered");
    assert_eq!(gate.bearer(&token, None).await, Err(Flaw::Revoked));
    let says = theirs(json!({ "role": "host", "callId": "a-*", "jti": "theirs" }));
    let caller = gate.bearer(&signed(their_pem, Some("k1"), &says), None).await.expect("good");
    assert_eq!((caller.role, caller.calls.as_str()), (Role::Host, "a-*"));
    assert_eq!(caller.token_id.expect("a name").as_str(), "theirs");
}

#[tokio::test]
async fn nobody_signs_for_another() {
    let [pem, their_pem] = pems();
    let (own, other) = (Folder::with_key(pem), Folder::new());
    let our_kid = gate(settings(Some(&own.0))).jwks().keys[0].kid.clone();
    // They publish their key under the name of ours.
    publish(&other, their_pem, Some(&our_kid));
    let (gate, _watch) = with_other(&own, &other);
    let as_them = signed(their_pem, Some(&our_kid), &theirs(json!({})));
    assert!(gate.bearer(&as_them, None).await.is_ok(), "as themselves");
    let as_us = signed(their_pem, Some(&our_kid), &claims());
    assert_eq!(gate.bearer(&as_us, None).await, Err(Flaw::Signature), "as us");
    let we_as_them = signed(pem, Some(&our_kid), &theirs(json!({})));
    assert_eq!(gate.bearer(&we_as_them, None).await, Err(Flaw::Signature), "we as them");
    let elsewhere = signed(their_pem, Some(&our_kid), &theirs(json!({ "aud": "others" })));
    assert_eq!(gate.bearer(&elsewhere, None).await, Err(Flaw::Audience));
}

#[tokio::test]
async fn a_key_that_is_new_is_looked_for() {
    let [pem, their_pem] = pems();
    let (own, other) = (Folder::with_key(pem), Folder::new());
    publish(&other, pem, Some("k1"));
    let (gate, _watch) = with_other(&own, &other);
    let token = signed(their_pem, Some("k2"), &theirs(json!({})));
    assert_eq!(gate.bearer(&token, None).await, Err(Flaw::Key));
    publish(&other, their_pem, Some("k2"));
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while gate.bearer(&token, None).await.is_err() {
        assert!(tokio::time::Instant::now() < deadline, "never looked for");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn while_their_keys_are_not_there_it_cannot_be_told() {
    let (own, other) = (Folder::with_key(&pems()[0]), Folder::new());
    let (gate, _watch) = with_other(&own, &other);
    let token = signed(&pems()[1], Some("k1"), &theirs(json!({})));
    assert_eq!(gate.caller(Credentials::Bearer(&token), None).await, Err(Refusal::Unavailable));
}
