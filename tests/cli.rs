//! The program as a person runs it: what it prints, and the exit code when it refuses to start.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A current folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("config")).expect("a folder");
        for (file, text) in files {
            fs::write(path.join(file), text).expect("a file");
        }
        Self(path)
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_colloquy"));
        command.current_dir(&self.0).env_clear().envs(variables.iter().copied()).args(arguments);
        command.output().expect("the program starts")
    }

    fn refusal(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let output = self.run(arguments, variables);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!((output.status.code(), out.as_str()), (Some(2), ""), "{arguments:?} {variables:?}: {err}");
        assert_eq!(err.lines().count(), 1, "one line: {err}");
        err.strip_prefix("error: ").expect("an error").trim_end().to_owned()
    }

    fn answer(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let output = self.run(arguments, variables);
        assert!(output.status.success(), "{arguments:?} {variables:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn a_wrong_configuration_stops_the_start_with_one_line() {
    let folder = Folder::new("start", &[]);
    let variables = [
        ("PORT", "abc", "server.port = \"abc\" (from PORT): expected an integer from 0 to 65535"),
        ("RTC_MAX_PORT", "39999", "rtc.max_port = 39999 (from RTC_MAX_PORT): expected a port from 40000"),
        ("ANNOUNCED_IP", "1.2.3", "rtc.announced_address = \"1.2.3\" (from ANNOUNCED_IP): expected an IP address"),
        ("COLLOQUY_ROOMS__MAX_PEER", "5", "unknown environment variable COLLOQUY_ROOMS__MAX_PEER: did you mean"),
    ];
    for (name, value, start) in variables {
        for command in [&[][..], &["serve"], &["config", "check"], &["config", "show"]] {
            let line = folder.refusal(command, &[(name, value)]);
            assert!(line.starts_with(start), "{line}");
        }
    }
    let flags = [
        (["--port", "-1"], "server.port = -1 (from --port): expected an integer from 0 to 65535"),
        (["--host", "a b"], "server.host = \"a b\" (from --host): expected an IP address or a host name"),
        (["--set", "workers.count=200"], "workers.count = 200 (from --set): expected at most 101 workers"),
        (["--set", "rooms.max_peer=5"], "unknown key rooms.max_peer = 5 (from --set): did you mean rooms.max_peers?"),
        (["--set", "port"], "--set port: expected section.key=value"),
        (["--config", "none.toml"], "none.toml cannot be read: "),
    ];
    for (arguments, start) in flags {
        let line = folder.refusal(&arguments, &[]);
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn names_with_line_breaks_stay_in_one_line() {
    let folder = Folder::new("line", &[("config/local.toml", "\"a\\nb\" = 1")]);
    assert!(folder.refusal(&[], &[]).starts_with("unknown key a b = 1 (from config/local.toml)"));
}

#[test]
fn files_are_read_in_name_order_after_a_copy_of_the_defaults() {
    let folder = Folder::new(
        "order",
        &[
            ("config/default.toml", "[rooms]\nmax_peers = 1\nqueue = 1"),
            ("config/a.toml", "[rooms]\nmax_peers = 2\nmax_rooms = 2"),
            ("config/b.toml", "[rooms]\nmax_peers = 3"),
            ("config/ignored.txt", "nonsense"),
            ("extra.toml", "[rooms]\nempty_close_s = 4"),
        ],
    );
    let shown = folder.answer(&["config", "show", "--config", "extra.toml"], &[("PORT", "0")]);
    for line in [
        "queue = 1  # from config/default.toml",
        "max_rooms = 2  # from config/a.toml",
        "max_peers = 3  # from config/b.toml",
        "empty_close_s = 4  # from extra.toml",
        "port = 0  # from PORT",
        "max_in_flight = 256",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line} is not in {shown}");
    }
    let elsewhere = folder.answer(&["--config-dir", "none", "config", "show"], &[]);
    assert!(elsewhere.contains("max_peers = 50\n"), "{elsewhere}");
}

#[test]
fn check_says_ok_or_what_is_wrong() {
    let folder = Folder::new(
        "check",
        &[("good.toml", "[rooms]\nmax_peers = 20"), ("bad.toml", "[rooms]\nmax_peers = \"many\"")],
    );
    let ok = folder.answer(&["config", "check", "good.toml"], &[]);
    assert_eq!(ok, "ok: the configuration is valid (read: defaults, good.toml, environment, flags)\n");
    let line = folder.refusal(&["config", "check", "bad.toml"], &[]);
    assert_eq!(line, "rooms.max_peers = \"many\" (from bad.toml): expected an integer from 1 to 10000");
}

#[test]
fn what_show_prints_is_a_configuration_again() {
    let folder = Folder::new("show", &[]);
    let shown = folder.answer(&["config", "show", "--port", "4321"], &[("FRONTEND_URL", "https://a,https://b")]);
    fs::write(folder.0.join("config/shown.toml"), &shown).expect("a file");
    let again = folder.answer(&["config", "show"], &[]);
    assert!(again.contains("port = 4321  # from config/shown.toml"), "{again}");
    let values =
        |text: &str| text.lines().filter_map(|line| line.split("  #").next().map(String::from)).collect::<Vec<_>>();
    assert_eq!(values(&again), values(&shown));
}

#[test]
fn show_masks_secrets() {
    let folder = Folder::new("mask", &[]);
    let turn =
        [("WEBRTC_TURN_SERVER_URL", "turn:t"), ("WEBRTC_TURN_USERNAME", "u"), ("WEBRTC_TURN_PASSWORD", "hunter2")];
    let shown = folder.answer(&["config", "show"], &turn);
    assert!(shown.contains("credential = \"********\"") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_token_is_all_that_is_printed_and_its_key_is_kept() {
    let folder = Folder::new("token", &[]);
    let create = ["token", "create", "--user", "anna", "--call", "team-*", "--role", "host", "--name", "Anna"];
    let more = ["--permission", "kick", "--permission", "mute", "--ttl", "2h"];
    let first = folder.answer(&[&create[..], &more].concat(), &[("LOG_LEVEL", "trace")]);
    let again = folder.answer(&["token", "create", "--user", "ben", "--call", "c"], &[]);
    let header = |token: &str| jsonwebtoken::decode_header(token.trim_end()).expect("a token");
    assert_eq!(header(&first), header(&again), "one key");
    let claims = jsonwebtoken::dangerous::insecure_decode_claims::<serde_json::Value>(first.trim_end());
    let claims = claims.expect("a token");
    assert_eq!(claims["exp"].as_u64(), claims["iat"].as_u64().map(|issued| issued + 7200));
    for (name, value) in [("sub", "anna"), ("callId", "team-*"), ("role", "host"), ("name", "Anna")] {
        assert_eq!(claims[name], value);
    }
    assert_eq!(claims["permissions"], serde_json::json!(["kick", "mute"]));
    assert_eq!(fs::read_dir(folder.0.join("data/keys")).expect("made").count(), 1);
}

#[test]
fn no_token_is_made_of_what_makes_no_sense() {
    let folder = Folder::new("no-token", &[]);
    let wrong = [
        (["--role", "king"], "expected one of viewer, participant, moderator, host"),
        (["--permission", "fly"], "expected one of createRoom, "),
        (["--ttl", "soon"], "expected such as 90, 30m, 12h or 7d"),
        (["--name", "\u{7}"], "without control characters"),
    ];
    for (arguments, reason) in wrong {
        let create = [&["token", "create", "--user", "anna", "--call", "c"][..], &arguments].concat();
        let output = folder.run(&create, &[]);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(reason), "{said}");
    }
    let create = ["token", "create", "--user", "anna", "--call", "c"];
    let long = folder.run(&[&create[..], &["--ttl", "8d"]].concat(), &[("LOG_LEVEL", "error")]);
    assert!(text(&long.stderr).contains("auth.max_token_ttl_s"), "{}", text(&long.stderr));
    let production = [("NODE_ENV", "production"), ("COLLOQUY_AUTH__KEYS_DIR", "none"), ("LOG_LEVEL", "error")];
    assert_eq!(folder.refusal(&create, &production), "there is no key to sign with (auth.keys_dir)");
    assert!(!folder.0.join("none").exists(), "in production none is made");
}

#[test]
fn an_api_key_is_printed_with_an_entry_that_the_configuration_takes() {
    let folder = Folder::new("api-key", &[]);
    let printed = folder.answer(&["api-key", "create", "--id", "my \"app\""], &[]);
    let (shown, entry) = printed.split_once("\n\n").expect("what is shown, and an entry");
    let secret = shown.strip_prefix("id: my \"app\"\nsecret: ").expect("an id and a secret");
    assert!(secret.len() >= 43 && !entry.contains(secret), "{printed}");
    fs::write(folder.0.join("config/keys.toml"), entry).expect("a file");
    let config = folder.answer(&["config", "show"], &[]);
    assert!(config.contains("secret_hash = \"********\"") && !config.contains("argon2id"), "{config}");
    assert!(folder.answer(&["config", "check"], &[]).starts_with("ok: "));
    let [one, other] = [(); 2].map(|()| folder.answer(&["api-key", "create"], &[]));
    assert_ne!(one.lines().next(), other.lines().next(), "each has a name of its own");
    let colon = folder.run(&["api-key", "create", "--id", "a:b"], &[]);
    assert_eq!(colon.status.code(), Some(2));
}

#[test]
fn in_production_api_keys_need_a_key_to_sign_with() {
    let folder = Folder::new("no-key", &[]);
    let printed = folder.answer(&["api-key", "create"], &[]);
    let (_, entry) = printed.split_once("\n\n").expect("an entry");
    fs::write(folder.0.join("config/keys.toml"), entry).expect("a file");
    let variables =
        [("NODE_ENV", "production"), ("PORT", "0"), ("LOG_LEVEL", "off"), ("DATABASE_URL", "sqlite::memory:")];
    let line = folder.refusal(&[], &variables);
    assert!(line.starts_with("auth.keys_dir: there is no key in data/keys"), "{line}");
}

#[test]
fn version_and_help() {
    let folder = Folder::new("help", &[]);
    assert_eq!(folder.answer(&["--version"], &[]), format!("colloquy {}\n", env!("CARGO_PKG_VERSION")));
    let help = folder.answer(&["--help"], &[]);
    for word in ["serve", "config", "--port", "--set", "RTC_MIN_PORT", "COLLOQUY_<SECTION>__<KEY>"] {
        assert!(help.contains(word), "{word} is not in {help}");
    }
    let help = folder.answer(&["token", "create", "--help"], &[]);
    for word in ["--user", "--call", "--role", "--permission", "--ttl", "auth.token_ttl_s", "Example"] {
        assert!(help.contains(word), "{word} is not in {help}");
    }
    assert!(folder.answer(&["api-key", "create", "--help"], &[]).contains("--id"));
    assert_eq!(folder.run(&["dance"], &[]).status.code(), Some(2));
}
