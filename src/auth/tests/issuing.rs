//! Making tokens.

use super::*;
use crate::protocol::{CallPattern, Permission, Permissions};
use argon2::password_hash::PasswordHasher as _;
use argon2::{Argon2, Params};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const SECRET: &str = "app:secret";

/// A gate with a key of its own, and an API key for some calls.
fn with_api_key(calls: &str, max_role: Role) -> (Gate, String) {
    let cheap = Argon2::from(Params::new(8, 1, 1, None).expect("parameters"));
    let key = ApiKeySettings {
        id: UserId::new("app").expect("a name"),
        secret_hash: cheap.hash_password(b"secret").expect("a hash").to_string(),
        revoked: false,
        calls: CallPattern::new(calls),
        max_role,
    };
    let folder = Folder::with_key(&pems()[0]);
    (gate(GateSettings { api_keys: vec![key], ..settings(Some(&folder.0)) }), STANDARD.encode(SECRET))
}

#[tokio::test]
async fn what_is_ordered_is_what_the_token_says() {
    let (gate, _) = with_api_key("*", Role::Host);
    let permissions: Permissions = [Permission::Subscribe].into_iter().collect();
    let start = SystemTime::now() - Duration::from_secs(1);
    let issued =
        gate.issue(&Order { permissions: Some(permissions.clone()), ..order() }, "test", None).expect("a token");
    let caller = gate.caller(Credentials::Bearer(&issued.token), None).await.expect("good");
    assert_eq!((caller.user_id, caller.role), (Some(order().user_id), Role::Moderator));
    assert_eq!((caller.permissions, caller.calls.as_str()), (Some(permissions), "standup"));
    assert_eq!((caller.token_id, caller.expires_at), (Some(issued.token_id), Some(issued.expires_at)));
    assert!(issued.expires_at >= start + Duration::from_secs(60) && !caller.operator);
}

#[tokio::test]
async fn one_begins_and_ends_when_it_should() {
    let (gate, _) = with_api_key("*", Role::Host);
    let (now, minutes) = (SystemTime::now(), |count: u64| Duration::from_secs(60 * count));
    let issue = |ttl: Option<Duration>, not_before| gate.issue(&Order { ttl, not_before, ..order() }, "test", None);
    assert_eq!(issue(Some(minutes(11)), None).err(), Some(IssueError::Ttl), "longer than any");
    assert_eq!(issue(Some(minutes(6)), Some(now + minutes(6))).err(), Some(IssueError::Ttl), "ends too late");
    assert_eq!(issue(Some(Duration::ZERO), None).err(), Some(IssueError::Ttl));
    assert_eq!(issue(Some(Duration::MAX), None).err(), Some(IssueError::Ttl));
    let later = issue(Some(minutes(1)), Some(now + minutes(5))).expect("a token");
    assert_eq!(gate.caller(Credentials::Bearer(&later.token), None).await, Err(Refusal::NotYet));
    let past = issue(Some(minutes(1)), Some(UNIX_EPOCH)).expect("a token");
    assert!(past.expires_at > now, "the time counts from now");
}

#[tokio::test]
async fn a_key_gives_no_more_than_it_has() {
    let (gate, basic) = with_api_key("team-*", Role::Participant);
    let key = gate.api_key(Credentials::Basic(&basic), None).await.expect("right");
    let issue = |order: &Order| gate.issue_to(&key, order, None).expect("not too often").err();
    let calls = |text: &str| Order { calls: CallId::new(text).expect("a name"), role: Role::Viewer, ..order() };
    for within in ["team-a", "team-*", "team-a*b"] {
        assert_eq!(issue(&calls(within)), None, "{within}");
    }
    for beyond in ["standup", "*", "tea*", "*team-a", "team"] {
        assert_eq!(issue(&calls(beyond)), Some(IssueError::Calls), "{beyond}");
    }
    assert_eq!(issue(&Order { role: Role::Moderator, ..calls("team-a") }), Some(IssueError::Role));
    let kick = Some([Permission::Kick].into_iter().collect());
    assert_eq!(issue(&Order { permissions: kick, ..calls("team-a") }), Some(IssueError::Permissions));
    let send = Some([Permission::SendMessage].into_iter().collect());
    assert_eq!(issue(&Order { permissions: send, ..calls("team-a") }), None);
}

#[tokio::test]
async fn a_key_acts_upon_everybody_only_if_it_may_make_hosts() {
    for (role, operator) in [(Role::Host, true), (Role::Moderator, false)] {
        let (gate, basic) = with_api_key("team-*", role);
        let caller = gate.caller(Credentials::Basic(&basic), None).await.expect("right");
        assert_eq!((caller.operator, caller.role, caller.calls.as_str()), (operator, role, "team-*"));
        assert_eq!(caller.user_id, UserId::new("app").ok());
        let token = gate.issue(&order(), "test", None).expect("a token").token;
        let refused = gate.api_key(Credentials::Bearer(&token), None).await.err();
        assert_eq!(refused, Some(Refusal::Key), "a token makes no tokens");
    }
}

#[tokio::test]
async fn a_revoked_one_opens_nothing_any_more() {
    let (gate, _) = with_api_key("*", Role::Host);
    let [one, other] = [(); 2].map(|()| gate.issue(&order(), "test", None).expect("a token"));
    gate.revoke(&one.token_id, "test", None).await.expect("remembered");
    assert_eq!(gate.caller(Credentials::Bearer(&one.token), None).await, Err(Refusal::Revoked));
    assert!(gate.caller(Credentials::Bearer(&other.token), None).await.is_ok());
}
