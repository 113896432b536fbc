//! What stands in the log of those who come in, and what never does.

use crate::process::Running;
use crate::support::{Client, TestServer, auth};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_no_secret_and_no_key_is_ever_in_the_log() {
    let hash = auth::hash(auth::KEY.1);
    let keys = format!("[{{ id = '{}', secret_hash = '{hash}' }}]", auth::KEY.0);
    let variables = [
        ("LOG_LEVEL", "trace"),
        ("COLLOQUY_AUTH__REQUIRED", "true"),
        ("COLLOQUY_AUTH__KEYS_DIR", auth::keys_dir()),
        ("COLLOQUY_AUTH__API_KEYS", &*keys),
    ];
    let mut program = Running::start(&variables).await;
    let server = TestServer::at(&program.url);
    let issued = auth::issued(&server, json!({ "sub": "anna", "callId": "c" })).await;
    let (token, id) = (issued["token"].as_str().expect("text"), issued["tokenId"].as_str().expect("text"));
    let tampered = format!("{token}x");
    let bearer = format!("Bearer {token}");
    drop(Client::connect_as(&server, token).await);
    drop(
        Client::try_connect_with(&server, &[("authorization", &bearer)])
            .await
            .unwrap_or_else(|error| panic!("{error}")),
    );
    drop(Client::try_connect_by(&server, &format!("&token={token}")).await.unwrap_or_else(|error| panic!("{error}")));
    assert!(Client::try_connect_as(&server, &json!({ "token": tampered })).await.is_err());
    assert!(Client::try_connect_by(&server, &format!("&token={tampered}")).await.is_err());
    let wrong = (auth::KEY.0, "a wrong secret of the tests");
    let refused =
        auth::ask_as(&server, wrong, Method::POST, "/auth/token", &json!({ "sub": "a", "callId": "c" })).await;
    assert_eq!(refused.status().as_u16(), 401);
    auth::ask(&server, Method::DELETE, &format!("/auth/tokens/{id}"), &json!({})).await;
    program.signal("TERM");
    program.ended().await;
    let log = program.log().await;
    assert!(log.contains("backend had token") && log.contains("audit"), "the audit log is in it");
    assert!(log.contains("a token is refused: "), "and why one is refused");
    let (claims, signature) = token.rsplit_once('.').expect("three parts");
    let claims = claims.split('.').nth(1).expect("three parts");
    let basic = |key: (&str, &str)| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", key.0, key.1))
    };
    for secret in [claims, signature, auth::KEY.1, wrong.1, &basic(auth::KEY), &basic(wrong), &hash, "PRIVATE KEY"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
