//! Everything that is no token of ours is refused, for the reason that it is made for.

use super::*;
use crate::auth::refusal::Flaw;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A gate with one key of its own, that key, and its name.
fn own() -> (Gate, &'static str, String) {
    let [pem, _] = pems();
    let folder = Folder::with_key(pem);
    let gate = gate(settings(Some(&folder.0)));
    let kid = gate.jwks().keys[0].kid.clone();
    (gate, pem, kid)
}

async fn flaw(gate: &Gate, token: &str) -> Option<Flaw> {
    gate.bearer(token, None).await.err()
}

#[tokio::test]
async fn a_good_one_says_who_it_is() {
    let (gate, pem, kid) = own();
    let text = but(json!({ "name": "Anna", "permissions": ["subscribe"], "callId": "team-*" }));
    let caller = gate.bearer(&signed(pem, Some(&kid), &text), Some([192, 0, 2, 1].into())).await.expect("good");
    assert_eq!(
        serde_json::to_value(&caller).expect("serializes"),
        json!({
            "user_id": "anna", "display_name": "Anna", "role": "moderator", "permissions": ["subscribe"],
            "calls": "team-*", "token_id": "t-1", "operator": false, "address": "192.0.2.1",
            "expires_at": { "secs_since_epoch": text["exp"], "nanos_since_epoch": 0 },
        })
    );
    let lists = but(json!({ "aud": ["others", "calls"], "role": null, "nbf": null, "iat": null }));
    assert_eq!(gate.bearer(&signed(pem, Some(&kid), &lists), None).await.expect("good").role, Role::Participant);
}

#[tokio::test]
async fn without_a_signature() {
    let (gate, _, kid) = own();
    for algorithm in ["none", "None", "NONE"] {
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": kid });
        for signature in ["", "AAAA"] {
            let token = format!("{}.{}.{signature}", part(&header), part(&claims()));
            assert_eq!(flaw(&gate, &token).await, Some(Flaw::Algorithm), "{algorithm}");
        }
    }
    let (_, pem, _) = own();
    let token = signed(pem, Some(&kid), &claims());
    let stripped = token.rsplit_once('.').map(|(rest, _)| format!("{rest}.")).expect("three parts");
    assert_eq!(flaw(&gate, &stripped).await, Some(Flaw::Signature));
}

#[tokio::test]
async fn by_hmac_with_the_public_key_for_a_secret() {
    let (gate, pem, kid) = own();
    let jwks = serde_json::to_string(gate.jwks()).expect("serializes");
    let pair = KeyPair::from_pkcs8(pem::parse(pem).expect("PEM").contents()).expect("a key");
    let der = pair.public_key().as_der().expect("a public key");
    let public = pem::encode(&pem::Pem::new("PUBLIC KEY", der.as_ref()));
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        for secret in [public.as_bytes(), der.as_ref(), jwks.as_bytes()] {
            let header = Header { kid: Some(kid.clone()), ..Header::new(algorithm) };
            let token = encode(&header, &claims(), &EncodingKey::from_secret(secret)).expect("signed");
            assert_eq!(flaw(&gate, &token).await, Some(Flaw::Algorithm));
        }
    }
}

#[tokio::test]
async fn by_another_algorithm_of_the_same_key() {
    let (gate, pem, kid) = own();
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let header = Header { kid: Some(kid.clone()), ..Header::new(algorithm) };
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key");
        let token = encode(&header, &claims(), &key).expect("signed");
        assert_eq!(flaw(&gate, &token).await, Some(Flaw::Algorithm));
    }
}

#[tokio::test]
async fn out_of_its_time() {
    let (gate, pem, kid) = own();
    let (now, sign) = (now(), |claims: Value| signed(pem, Some(&kid), &claims));
    let expired = sign(but(json!({ "nbf": null, "exp": now - 31 })));
    assert_eq!(flaw(&gate, &expired).await, Some(Flaw::Expired));
    assert_eq!(flaw(&gate, &sign(but(json!({ "exp": now - 1 })))).await, None, "clocks differ");
    assert_eq!(flaw(&gate, &sign(but(json!({ "exp": now + 3600, "nbf": now + 90 })))).await, Some(Flaw::NotYet));
    assert_eq!(flaw(&gate, &sign(but(json!({ "nbf": now + 10 })))).await, None, "clocks differ");
    for wrong in [json!(null), json!("tomorrow"), json!(-1), json!(u64::MAX), json!([now + 60])] {
        assert_eq!(flaw(&gate, &sign(but(json!({ "exp": wrong })))).await, Some(Flaw::Claims), "{wrong}");
    }
}

#[tokio::test]
async fn for_or_from_somebody_else() {
    let (gate, pem, kid) = own();
    let sign = |claims: Value| signed(pem, Some(&kid), &claims);
    for audience in [json!("others"), json!(["others"]), json!([]), json!("calls ")] {
        let token = sign(but(json!({ "aud": audience })));
        assert_eq!(flaw(&gate, &token).await, Some(Flaw::Audience), "{audience}");
    }
    assert_eq!(flaw(&gate, &sign(but(json!({ "aud": null })))).await, Some(Flaw::Claims));
    assert_eq!(flaw(&gate, &sign(but(json!({ "iss": "others" })))).await, Some(Flaw::Issuer));
    for issuer in [json!(null), json!(["colloquy"]), json!(1)] {
        assert_eq!(flaw(&gate, &sign(but(json!({ "iss": issuer })))).await, Some(Flaw::Claims), "{issuer}");
    }
}

#[tokio::test]
async fn by_a_key_that_is_not_ours() {
    let (gate, pem, kid) = own();
    let [_, other] = pems();
    assert_eq!(flaw(&gate, &signed(other, Some(&kid), &claims())).await, Some(Flaw::Signature));
    for unknown in [Some("other"), Some(""), None] {
        assert_eq!(flaw(&gate, &signed(pem, unknown, &claims())).await, Some(Flaw::Key), "{unknown:?}");
    }
    // A key that the token brings along is not looked at.
    let mut header = Header { kid: Some("mine".to_owned()), ..Header::new(Algorithm::RS256) };
    let key = EncodingKey::from_rsa_pem(other.as_bytes()).expect("a key");
    header.jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, Algorithm::RS256).ok();
    header.jku = Some("https://attacker.example/jwks.json".to_owned());
    assert_eq!(flaw(&gate, &encode(&header, &claims(), &key).expect("signed")).await, Some(Flaw::Key));
}

#[tokio::test]
async fn changed_on_the_way() {
    let (gate, pem, kid) = own();
    let token = signed(pem, Some(&kid), &claims());
    let parts: Vec<_> = token.split('.').collect();
    let changed = part(&but(json!({ "role": "host" })));
    let forged = format!("{}.{changed}.{}", parts[0], parts[2]);
    assert_eq!(flaw(&gate, &forged).await, Some(Flaw::Signature));
    let header = part(&json!({ "alg": "RS256", "kid": kid }));
    assert_eq!(flaw(&gate, &format!("{header}.{}.{}", parts[1], parts[2])).await, Some(Flaw::Signature));
}

#[tokio::test]
async fn with_extensions_that_must_be_understood() {
    let (gate, pem, kid) = own();
    let mut header = Header { kid: Some(kid), ..Header::new(Algorithm::RS256) };
    header.crit = Some(vec!["b64".to_owned()]);
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key");
    assert_eq!(flaw(&gate, &encode(&header, &claims(), &key).expect("signed")).await, Some(Flaw::Critical));
}

#[tokio::test]
async fn longer_than_any_token() {
    let (gate, pem, kid) = own();
    let long = signed(pem, Some(&kid), &but(json!({ "padding": "x".repeat(8192) })));
    assert_eq!(flaw(&gate, &long).await, Some(Flaw::TooLong));
    assert_eq!(flaw(&gate, &"a.".repeat(1_000_000)).await, Some(Flaw::TooLong));
}

#[tokio::test]
async fn that_does_not_say_what_it_has_to() {
    let (gate, pem, kid) = own();
    let sign = |claims: Value| signed(pem, Some(&kid), &claims);
    for (name, wrong) in
        [("sub", json!("")), ("callId", json!("x".repeat(129))), ("jti", json!("")), ("exp", json!(1.5e300))]
    {
        for value in [Value::Null, wrong, json!({})] {
            let token = sign(but(json!({ name: value })));
            assert_eq!(flaw(&gate, &token).await, Some(Flaw::Claims), "{name}: {value}");
        }
    }
    for (name, wrong) in [("role", json!("king")), ("permissions", json!(["fly"])), ("name", json!("a\u{7}"))] {
        assert_eq!(flaw(&gate, &sign(but(json!({ name: wrong })))).await, Some(Flaw::Claims), "{name}");
    }
}

#[tokio::test]
async fn that_is_no_token_at_all() {
    let (gate, pem, kid) = own();
    let token = signed(pem, Some(&kid), &claims());
    let doubled = format!("{token}.{token}");
    let spaced = format!("{token} ");
    for text in ["", "x", "..", "a.b.c", "null.null.null", &token[..token.len() / 2], &doubled, &spaced] {
        assert!(flaw(&gate, text).await.is_some(), "{text}");
    }
}

#[tokio::test]
async fn what_is_told_of_it_helps_nobody_who_guesses() {
    let (gate, pem, kid) = own();
    let [_, other] = pems();
    let guesses = [
        "x".to_owned(),
        signed(other, Some(&kid), &claims()),
        signed(pem, Some("other"), &claims()),
        signed(pem, Some(&kid), &but(json!({ "aud": "others" }))),
        signed(other, Some(&kid), &but(json!({ "exp": 1 }))),
    ];
    for guess in guesses {
        let refusal = gate.caller(Credentials::Bearer(&guess), None).await.expect_err("refused");
        assert_eq!(refusal.to_string(), "the token is not valid");
    }
}
