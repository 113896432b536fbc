//! What the program says when it cannot do what is asked of it.

use crate::support::place::Place;
use crate::support::server::{Folder, Server, program};
use crate::support::tool;
use std::process::Command;

#[tokio::test]
async fn a_wrong_field_is_named() {
    for (setting, named) in [
        ("publish.video.codek=vp9", "publish.video.codek: "),
        ("publish.video.frame_rate=0", "publish.video.frame_rate: 0 is not between 1 and 120"),
        ("publishers=many", "publishers: "),
    ] {
        let outcome = tool::run(&["run", "meeting", "--set", setting]).await;
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(outcome.said.contains(named), "{setting}: {outcome:?}");
    }
}

#[tokio::test]
async fn too_many_participants_are_refused() {
    let outcome = tool::run(&["run", "idle", "--set", "viewers=5001"]).await;
    assert_eq!(outcome.code, 2);
    assert!(outcome.said.contains("--max-participants 5000"), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said() {
    let outcome = tool::run(&["run", "smoke", "--url", "http://127.0.0.1:1"]).await;
    assert_eq!(outcome.code, 3);
    assert!(outcome.said.contains("http://127.0.0.1:1") && outcome.said.contains("unreachable"), "{outcome:?}");
}

#[tokio::test]
async fn who_needs_a_token_gets_in_by_an_api_key() {
    let folder = Folder::new();
    let made = Command::new(program()).args(["api-key", "create", "--id", "app"]).current_dir(&folder.0).output();
    let made = String::from_utf8(made.expect("the server runs").stdout).expect("is text");
    let secret = made.lines().find_map(|line| line.strip_prefix("secret:")).expect("has a secret").trim();
    std::fs::create_dir(folder.0.join("config")).expect("can be made");
    let entry = &made[made.find("[[auth").expect("has an entry")..];
    std::fs::write(folder.0.join("config/keys.toml"), entry).expect("can be written");
    let server = Server::start_in(folder, &Place::Here, &[("COLLOQUY_AUTH__REQUIRED", "true")]).await;

    let few = ["--set", "rooms=1", "--duration", "1s"];
    let outcome = tool::load(&server, "signaling", &few).await;
    assert_eq!(outcome.code, 3);
    assert!(outcome.said.contains("UNAUTHENTICATED"), "{outcome:?}");
    let key = format!("app:{secret}");
    let outcome = tool::load(&server, "signaling", &[&few[..], &["--api-key", &key]].concat()).await;
    assert_eq!((outcome.code, outcome.report().total.joined), (0, 10), "{outcome:?}");
    let outcome = tool::load(&server, "signaling", &[&few[..], &["--api-key", "app:wrong"]].concat()).await;
    assert_eq!(outcome.code, 3, "{outcome:?}");
}
