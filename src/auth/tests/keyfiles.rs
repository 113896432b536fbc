//! Keys on disk.

use super::*;
use crate::auth::keys::KeyRing;
use std::os::unix::fs::PermissionsExt as _;

fn kids(gate: &Gate) -> Vec<String> {
    gate.jwks().keys.iter().map(|key| key.kid.clone()).collect()
}

fn kid_of(token: &str) -> String {
    jsonwebtoken::decode_header(token).expect("a token").kid.expect("a kid")
}

/// When the file was last written, by so many seconds before now.
fn age(path: &Path, seconds: u64) {
    let file = fs::File::options().append(true).open(path).expect("a file");
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).expect("a time");
}

#[tokio::test]
async fn in_development_one_is_made_once_and_kept_for_its_owner_only() {
    let folder = Folder::new();
    let keys = folder.0.join("data/keys");
    let make = || gate(GateSettings { no_keys: NoKeys::Make, ..settings(Some(&keys)) });
    let first = make();
    let files: Vec<_> = fs::read_dir(&keys).expect("made").map(|file| file.expect("readable").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    assert_eq!((mode(&files[0]), mode(&keys)), (0o600, 0o700));
    let token = first.issue(&order(), "test", None).expect("a token").token;
    let second = make();
    assert_eq!(kids(&first), kids(&second), "kept");
    assert!(second.caller(Credentials::Bearer(&token), None).await.is_ok());
}

#[tokio::test]
async fn all_verify_and_the_newest_signs() {
    let [old, new] = pems();
    let folder = Folder::with_key(old);
    let before = gate(settings(Some(&folder.0)));
    let token = before.issue(&order(), "test", None).expect("a token").token;
    age(&folder.0.join("key.pem"), 100);
    fs::write(folder.0.join("another.pem"), new).expect("a file");
    fs::write(folder.0.join("readme.txt"), "no key").expect("a file");
    let both = gate(settings(Some(&folder.0)));
    assert_eq!(kids(&both).len(), 2);
    assert!(both.caller(Credentials::Bearer(&token), None).await.is_ok(), "the old one verifies");
    let newer = both.issue(&order(), "test", None).expect("a token").token;
    assert_eq!(kid_of(&newer), kids(&both)[0]);
    assert_ne!(kid_of(&newer), kid_of(&token));
    assert!(both.caller(Credentials::Bearer(&newer), None).await.is_ok());
    fs::remove_file(folder.0.join("key.pem")).expect("removed");
    let after = gate(settings(Some(&folder.0)));
    assert_eq!(after.caller(Credentials::Bearer(&token), None).await, Err(Refusal::Invalid), "its key is gone");
}

#[tokio::test]
async fn of_one_moment_the_last_by_name_signs() {
    let [one, other] = pems();
    let folder = Folder::with_key(one);
    fs::write(folder.0.join("last.pem"), other).expect("a file");
    let moment = SystemTime::now();
    for name in ["key.pem", "last.pem"] {
        let file = fs::File::options().append(true).open(folder.0.join(name)).expect("a file");
        file.set_modified(moment).expect("a time");
    }
    let token = gate(settings(Some(&folder.0))).issue(&order(), "test", None).expect("a token").token;
    let last = gate(settings(Some(&folder.0.join("last.pem"))));
    assert_eq!(vec![kid_of(&token)], kids(&last), "a single file is a key, too");
}

#[test]
fn what_is_no_key_stops_the_start() {
    let short = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for text in ["", "nonsense", short] {
        let folder = Folder::with_key(text);
        let error = KeyRing::load(&folder.0, NoKeys::Make).err().expect("no key").to_string();
        assert!(error.contains("key.pem holds no RSA private key") && error.lines().count() == 1, "{error}");
    }
    let nothing = Folder::new();
    let error = KeyRing::load(&nothing.0, NoKeys::Refuse).err().expect("none there").to_string();
    assert!(error.contains("there is no key in") && error.lines().count() == 1, "{error}");
    let none = gate(settings(Some(&nothing.0)));
    assert_eq!(none.issue(&order(), "test", None).err(), Some(IssueError::NoKey));
}
