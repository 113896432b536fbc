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
fn version_and_help() {
    let folder = Folder::new("help", &[]);
    assert_eq!(folder.answer(&["--version"], &[]), format!("colloquy {}\n", env!("CARGO_PKG_VERSION")));
    let help = folder.answer(&["--help"], &[]);
    for word in ["serve", "config", "--port", "--set", "RTC_MIN_PORT", "COLLOQUY_<SECTION>__<KEY>"] {
        assert!(help.contains(word), "{word} is not in {help}");
    }
    assert_eq!(folder.run(&["dance"], &[]).status.code(), Some(2));
}
