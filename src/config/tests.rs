//! The configuration as a whole: layers, aliases, secrets; the parts say more.

mod documentation;
mod refusals;

use super::*;

fn sources(files: &[&str], variables: &[(&str, &str)], flags: &[&str]) -> Sources {
    let file = |(index, text): (usize, &&str)| File { name: format!("{index}.toml"), text: (*text).into() };
    Sources {
        files: files.iter().enumerate().map(file).collect(),
        environment: variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        flags: flags.iter().map(|flag| Flag::set(flag).expect("a flag")).collect(),
        cores: 2,
    }
}

fn load(files: &[&str], variables: &[(&str, &str)], flags: &[&str]) -> Config {
    Config::load(&sources(files, variables, flags)).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(files: &[&str], variables: &[(&str, &str)], flags: &[&str]) -> String {
    match Config::load(&sources(files, variables, flags)) {
        Ok(_) => panic!("{files:?} {variables:?} {flags:?} should be refused"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn later_layers_win() {
    let files = ["[rooms]\nmax_peers = 1\nmax_rooms = 1\nqueue = 1", "[rooms]\nmax_peers = 2\nmax_rooms = 2"];
    let config = load(&files, &[("COLLOQUY_ROOMS__MAX_PEERS", "3")], &[]);
    assert_eq!((config.rooms.queue, config.rooms.max_rooms, config.rooms.max_peers), (1, 2, 3));
    let variables = [("PORT", "1"), ("COLLOQUY_SERVER__PORT", "2")];
    assert_eq!(load(&["[server]\nport = 9"], &variables, &[]).server.port, 2);
    assert_eq!(load(&[], &variables, &["server.port=3", "server.port=4"]).server.port, 4);
    assert_eq!(load(&["[server]\nport = 9"], &[("PORT", " ")], &[]).server.port, 9, "an empty alias is not set");
}

#[test]
fn well_known_variables_set_their_keys() {
    let table = [
        ("PORT", "5000", "server.port", "5000"),
        ("NODE_ENV", "production", "server.environment", "\"production\""),
        ("FRONTEND_URL", "http://a:1, https://b", "server.cors_origins", "[\"http://a:1\", \"https://b\"]"),
        ("LOG_LEVEL", "info,colloquy=trace", "log.level", "\"info,colloquy=trace\""),
        ("ANNOUNCED_IP", "sfu.example.com", "rtc.announced_address", "\"sfu.example.com\""),
        ("DATABASE_URL", "sqlite::memory:", "database.url", "\"********\""),
        ("RTC_MIN_PORT", "40010", "rtc.min_port", "40010"),
        ("RTC_MAX_PORT", "40011", "rtc.max_port", "40011"),
        ("WEBRTC_ICE_SERVERS", "stun:a,stun:b", "rtc.ice_servers", "[{ urls = [\"stun:a\", \"stun:b\"] }]"),
        ("BACKEND_URL", "http://backend:3000/api", "backend.url", "\"http://backend:3000/api\""),
        ("COLLOQUY_CODECS__VIDEO", "h264,vp8", "codecs.video", "[\"h264\", \"vp8\"]"),
        ("COLLOQUY_RTC__ENABLE_TCP", "false", "rtc.enable_tcp", "false"),
        ("COLLOQUY_RTC__ICE_SERVERS", "[{urls=['stun:a']}]", "rtc.ice_servers", "[{ urls = [\"stun:a\"] }]"),
    ];
    for (variable, text, path, value) in table {
        let layers = Layers::merge(&sources(&[], &[(variable, text)], &[])).unwrap_or_else(|error| panic!("{error}"));
        layers.config(2).unwrap_or_else(|error| panic!("{error}"));
        let kind = leaf(path).expect("a key").kind;
        assert_eq!(
            (kind.render(layers.value(path)).as_str(), layers.origin(path)),
            (value, &Origin::Variable(variable.into()))
        );
    }
    let development = load(&[], &[("NODE_ENV", "test")], &[]).server.environment;
    assert_eq!(development, Environment::Development);
}

#[test]
fn turn_variables_add_a_server_with_its_credentials() {
    let file = "[rtc]\nice_servers = [{ urls = [\"stun:file\"] }]";
    let turn =
        [("WEBRTC_TURN_SERVER_URL", "turn:t:3478"), ("WEBRTC_TURN_USERNAME", "u"), ("WEBRTC_TURN_PASSWORD", "hunter2")];
    let config = load(&[file], &turn, &[]);
    let servers = &config.rtc.ice_servers;
    assert_eq!(
        (servers[0].urls.as_slice(), servers[1].urls.as_slice()),
        (&["stun:file".into()][..], &["turn:t:3478".into()][..])
    );
    assert_eq!((servers[1].username.as_str(), servers[1].credential.expose()), ("u", "hunter2"));

    let both = [turn.as_slice(), &[("WEBRTC_ICE_SERVERS", "stun:a,turn:b")]].concat();
    let urls: Vec<_> = load(&[file], &both, &[]).rtc.ice_servers.into_iter().map(|server| server.urls).collect();
    assert_eq!(urls, [vec!["stun:a"], vec!["turn:b", "turn:t:3478"]], "the variable replaces the file's list");
}

#[test]
fn secrets_are_never_shown() {
    let text = "[rtc]\nice_servers = [{ urls = [\"turn:t\"], username = \"u\", credential = \"hunter2\" }]";
    let config = load(&[text], &[], &[]);
    let shown = Layers::merge(&sources(&[text], &[], &[])).expect("valid").to_toml();
    let misplaced = [
        text.replace("credential", "credentail"),
        text.replace("[{", "{").replace("}]", "}"),
        text.replace("\"hunter2\"", "[\"hunter2\"]"),
        text.replace("\"hunter2\" }]", "\"hunter2\""),
        "password = \"hunter2\"".into(),
        "[redis]\nurl = \"hunter2\"".into(),
    ];
    let mut outputs: Vec<_> = misplaced.iter().map(|text| refusal(&[text], &[], &[])).collect();
    outputs.push(refusal(&[], &[("WEBRTC_TURN_PASSWORD", "hunter2")], &[]));
    outputs.push(refusal(&[], &[("COLLOQUY_RTC__ICE_SERVERS", "[{credential='hunter2'")], &[]));
    outputs.push(refusal(&[], &[], &["auth.secret=hunter2"]));
    outputs.push(Flag::set("hunter=hunter2").expect_err("no section").to_string());
    outputs.extend([format!("{config:?}"), toml::to_string(&config).expect("serializable"), shown.clone()]);
    for output in outputs {
        assert!(!output.contains("hunter2"), "{output}");
    }
    assert!(shown.contains(MASK) && shown.contains("# from 0.toml"), "{shown}");
    assert!(refusal(&[&shown], &[], &[]).contains("not its mask"), "what is shown cannot be loaded by mistake");
}

#[test]
fn variables_of_others_do_not_matter() {
    let others = [
        ("REDIS_URL", "x"),
        ("RECORDING_STORAGE_PROVIDER", "x"),
        ("AWS_REGION", "x"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "x"),
        ("COLLOQUY_SERVICE_HOST", "10.0.0.1"),
        ("COLLOQUY_SERVICE_PORT_HTTP", "4000"),
        ("COLLOQUY_PORT", "tcp://10.0.0.1:4000"),
        ("COLLOQUY_PORT_4000_TCP_ADDR", "10.0.0.1"),
    ];
    assert_eq!(load(&[], &others, &[]), Config::default());
    assert!(refusal(&[], &[("COLLOQUY_PORT", "4000")], &[]).contains("COLLOQUY_SERVER__PORT?"));
}

#[test]
fn values_that_stand_for_another() {
    let mut config = Config::default();
    assert_eq!((config.rtc.announced(), config.server.allowed_origins()), (Some("127.0.0.1"), AllowedOrigins::Any));
    assert!(config.warnings().is_empty() && !config.log.is_json(config.server.environment));
    assert!(config.workers.effective_count() >= 1);

    config.server.environment = Environment::Production;
    assert_eq!((config.warnings().len(), config.server.allowed_origins()), (1, AllowedOrigins::Only(&[])));
    assert!(config.log.is_json(config.server.environment));

    config.rtc.listen_ip = "192.0.2.1".parse().expect("an address");
    assert_eq!((config.rtc.announced(), config.warnings().len()), (None, 0));
    config.server.cors_origins = vec!["https://a".into(), "*".into()];
    assert_eq!(config.server.allowed_origins(), AllowedOrigins::Any);
}

#[test]
fn the_production_example_is_valid() {
    let example = include_str!("../../config/examples/production.toml");
    let turn = [
        ("WEBRTC_TURN_SERVER_URL", "turn:turn.example.com"),
        ("WEBRTC_TURN_USERNAME", "u"),
        ("WEBRTC_TURN_PASSWORD", "p"),
    ];
    let config = load(&[example], &turn, &[]);
    assert_eq!((config.warnings(), config.rtc.ice_servers.len()), (Vec::new(), 2));
}
