//! Every reason to refuse a configuration, with the whole message: it names the key, the value, where it came from and
//! what is allowed.

use super::*;

/// One mistake a paragraph: the input, then the message. An input is a line of a file, a variable or a flag; two cores.
const REFUSALS: &str = r#"
file rooms.max_peers = "many"
rooms.max_peers = "many" (from 0.toml): expected an integer from 1 to 10000

file rooms.max_pears = 5
unknown key rooms.max_pears = 5 (from 0.toml): did you mean rooms.max_peers?

file room.max_peers = 5
unknown key room = { … } (from 0.toml): did you mean rooms?

file port = 5
unknown key port = 5 (from 0.toml): did you mean server.port?

file log.zzzzzz = 5
unknown key log.zzzzzz = 5 (from 0.toml): expected one of log.level, log.format, log.max_media_lines_per_s

file log = 5
log = 5 (from 0.toml): expected a table with the keys level, format, max_media_lines_per_s

file x = [
0.toml, line 1, column 6: unclosed array, expected `]`

file server.shutdown_deadline_s = 0
server.shutdown_deadline_s = 0 (from 0.toml): expected an integer from 1 to 600

file codecs.audio = []
codecs.audio = [] (from 0.toml): expected a list of at least 1, each entry once "opus"

file rtc.ice_servers = [{}]
rtc.ice_servers[0].urls is missing (from 0.toml): expected a list of at least 1, each entry stun:host[:port], turn:host[:port][?transport=udp|tcp], or the same with stuns: or turns:

file rtc = { enable_udp = false, enable_tcp = false }
rtc.enable_tcp = false (from 0.toml): expected rtc.enable_udp or rtc.enable_tcp to be true

file rtc.ice_servers = [{ urls = ["turn:t"], username = "u" }]
rtc.ice_servers[0].credential = "" (from 0.toml): expected a text, because TURN servers need one (variable WEBRTC_TURN_PASSWORD)

file turn.urls = ["turn:t"]
turn.secret = "" (from the defaults): expected the secret of the servers in turn.urls (static-auth-secret of coturn)

file turn.urls = ["stun:t"]
turn.urls[0] = "stun:t" (from 0.toml): expected turn:host[:port][?transport=udp|tcp], or the same with turns:

file quality.interval_ms = 50
quality.interval_ms = 50 (from 0.toml): expected 0, or an integer from 100 to 600000

file quality.rtt_ms = [100, 200]
quality.rtt_ms = [100, 200] (from 0.toml): expected three values, each larger than the one before, or none

file quality.jitter_ms = [30, 30, 60]
quality.jitter_ms = [30, 30, 60] (from 0.toml): expected three values, each larger than the one before, or none

file quality.score = [3, 5, 7]
quality.score = [3, 5, 7] (from 0.toml): expected three values, each smaller than the one before, or none

file webhooks.endpoints = [{ name = "a", url = "https://a" }]
webhooks.endpoints[0].secret is missing (from 0.toml): expected the secret itself as a text, not its mask

file webhooks.endpoints = [{ name = "a b", url = "https://a", secret = "" }]
webhooks.endpoints[0].name = "a b" (from 0.toml): expected 1 to 64 letters, digits, - and _

file webhooks.endpoints = [{ name = "a", url = "a.com", secret = "" }]
webhooks.endpoints[0].url = "a.com" (from 0.toml): expected http(s)://host[:port][/path]

file webhooks.endpoints = [{ name = "a", url = "https://a", secret = "", events = ["call.begun"] }]
webhooks.endpoints[0].events[0] = "call.begun" (from 0.toml): expected "call.started", "call.ended", "participant.joined", "participant.left" or "quality.warning"

file webhooks.endpoints = [{ name = "a", url = "https://a", secret = "whsec_c2hvcnQ=" }]
webhooks.endpoints[0].secret = "********" (from 0.toml): expected whsec_ and the base64 of 24 to 64 random bytes (echo whsec_$(openssl rand -base64 32))

file webhooks.endpoints = [{ name = "a", url = "https://a", secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", previous_secret = "x" }]
webhooks.endpoints[0].previous_secret = "********" (from 0.toml): expected whsec_ and the base64 of 24 to 64 random bytes (echo whsec_$(openssl rand -base64 32))

file webhooks.endpoints = [{ name = "a", url = "https://a", secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX" }, { name = "a", url = "https://b", secret = "" }]
webhooks.endpoints[1].name = "a" (from 0.toml): expected a name that no other endpoint has

file backend.secret = "x"
backend.secret = "********" (from 0.toml): expected whsec_ and the base64 of 24 to 64 random bytes (echo whsec_$(openssl rand -base64 32))

variable BACKEND_URL=https://a/
backend.url = "https://a/" (from BACKEND_URL): expected http(s)://host[:port][/path] without a slash at the end, or "" for none

variable PORT=abc
server.port = "abc" (from PORT): expected an integer from 0 to 65535

variable ANNOUNCED_IP=999.1.1.1
rtc.announced_address = "999.1.1.1" (from ANNOUNCED_IP): expected an IP address or host name that clients can reach, or "" for none

variable ANNOUNCED_IP=0.0.0.0
rtc.announced_address = "0.0.0.0" (from ANNOUNCED_IP): expected an IP address or host name that clients can reach, or "" for none

variable NODE_ENV=staging
server.environment = "staging" (from NODE_ENV): expected "development", "production" or "test"

file auth.required = "yes"
auth.required = "yes" (from 0.toml): expected true, false or "auto"

file auth.token_ttl_s = 700000
auth.token_ttl_s = 700000 (from 0.toml): expected at most 604800, which is auth.max_token_ttl_s

file auth.max_token_ttl_s = 60
auth.max_token_ttl_s = 60 (from 0.toml): expected at least 3600, which is auth.token_ttl_s

file auth.api_keys = [{ id = "a", secret_hash = "hunter2" }]
auth.api_keys[0].secret_hash = "********" (from 0.toml): expected an argon2id hash, as `colloquy api-key create` prints it

file auth.api_keys = [{ id = "a:b", secret_hash = "x" }]
auth.api_keys[0].id = "a:b" (from 0.toml): expected a text of 1 to 128 characters without a colon

file auth.api_keys = [{ id = "a" }]
auth.api_keys[0].secret_hash is missing (from 0.toml): expected the secret itself as a text, not its mask

file auth.issuers = [{ issuer = "i", audience = "a" }]
auth.issuers[0].jwks_url = "" (from 0.toml): expected either jwks_url or jwks_file

file auth.issuers = [{ issuer = "colloquy", audience = "a", jwks_file = "f" }]
auth.issuers[0].issuer = "colloquy" (from 0.toml): expected another issuer than auth.issuer and those before it

file auth.issuers = [{ issuer = "i", audience = "a", jwks_url = "http://login.example/jwks" }]
auth.issuers[0].jwks_url = "http://login.example/jwks" (from 0.toml): expected an https URL, or http on this machine

variable LOG_LEVEL=inof
log.level = "inof" (from LOG_LEVEL): expected trace, debug, info, warn, error, off, or filter directives such as "info,colloquy::rooms=debug"

variable LOG_LEVEL=colloquy=loud
log.level = "colloquy=loud" (from LOG_LEVEL): expected trace, debug, info, warn, error, off, or filter directives such as "info,colloquy::rooms=debug"

variable FRONTEND_URL=http://a, http://b/
server.cors_origins[1] = "http://b/" (from FRONTEND_URL): expected an origin http(s)://host[:port] without a path, or "*"

variable WEBRTC_ICE_SERVERS=stun:a,http:b
rtc.ice_servers[0].urls[1] = "http:b" (from WEBRTC_ICE_SERVERS): expected stun:host[:port], turn:host[:port][?transport=udp|tcp], or the same with stuns: or turns:

variable WEBRTC_TURN_SERVER_URL=turn:t
rtc.ice_servers[0].username = "" (from WEBRTC_TURN_SERVER_URL): expected a text, because TURN servers need one (variable WEBRTC_TURN_USERNAME)

variable WEBRTC_TURN_USERNAME=u
WEBRTC_TURN_USERNAME = "********" (from the environment): expected WEBRTC_TURN_SERVER_URL beside it, the server it is for

variable COLLOQUY_ROOM__MAX_PEERS=5
unknown environment variable COLLOQUY_ROOM__MAX_PEERS: did you mean COLLOQUY_ROOMS__MAX_PEERS?

variable COLLOQUY_PORT=4000
unknown environment variable COLLOQUY_PORT: did you mean COLLOQUY_SERVER__PORT?

variable COLLOQUY_WRONG__KEY=1
unknown environment variable COLLOQUY_WRONG__KEY: expected COLLOQUY_<SECTION>__<KEY>, such as COLLOQUY_SERVER__HOST

variable COLLOQUY_CODECS__VIDEO=vp8,vp8
codecs.video = ["vp8", "vp8"] (from COLLOQUY_CODECS__VIDEO): expected a list of at least 1, each entry once "vp8", "vp9", "h264", "h264-high" or "av1"

variable RTC_MAX_PORT=39000
rtc.max_port = 39000 (from RTC_MAX_PORT): expected a port from 40000 (rtc.min_port) to 65535

variable RTC_MIN_PORT=50000
rtc.min_port = 50000 (from RTC_MIN_PORT): expected a port from 1 to 40100, which is rtc.max_port

variable RTC_MAX_PORT=40000
rtc.max_port = 40000 (from RTC_MAX_PORT): expected at least 2 ports from rtc.min_port to rtc.max_port (40000 to 40000), one for each of the 2 workers

variable RTC_MIN_PORT=3999
rtc.min_port = 3999 (from RTC_MIN_PORT): expected another first port: the 2 workers would listen on TCP ports 3999 to 4000, and server.port is 4000

variable PORT=40001
server.port = 40001 (from PORT): expected a port outside of 40000 to 40001, where the 2 workers listen over TCP

flag workers.count=102
workers.count = 102 (from --set): expected at most 101 workers, one for each port from rtc.min_port to rtc.max_port (40000 to 40100)

flag rooms.max_peer=5
unknown key rooms.max_peer = 5 (from --set): did you mean rooms.max_peers?

flag other.key=text
unknown key other.key = "********" (from --set): expected one of SECTIONS
"#;

#[test]
fn refusals_name_key_value_origin_and_what_is_allowed() {
    let sections: Vec<_> = SECTIONS.iter().map(|section| section.name).collect();
    let refusals = REFUSALS.replace("SECTIONS", &sections.join(", "));
    for paragraph in refusals.trim().split("\n\n") {
        let (input, message) = paragraph.split_once('\n').expect("two lines");
        let found = match input.split_once(' ').expect("a kind and its text") {
            ("file", text) => refusal(&[text], &[], &[]),
            ("variable", text) => refusal(&[], &[text.split_once('=').expect("a value")], &[]),
            ("flag", text) => refusal(&[], &[], &[text]),
            (kind, _) => panic!("{kind}?"),
        };
        assert_eq!(found, message, "{input}");
    }
}

#[test]
fn of_values_that_do_not_go_together_the_last_set_is_named() {
    let variables = [("RTC_MAX_PORT", "40003")];
    let message = refusal(&[], &variables, &["workers.count=5"]);
    assert!(message.starts_with("workers.count = 5 (from --set): expected at most 4"), "{message}");
    let message = refusal(&["workers.count = 5"], &variables, &[]);
    assert!(message.starts_with("rtc.max_port = 40003 (from RTC_MAX_PORT): expected"), "{message}");
    let message = refusal(&["workers.count = 5"], &[], &["rtc.max_port=40003"]);
    assert!(message.starts_with("rtc.max_port = 40003 (from --set): expected at least 5"), "{message}");
}

#[test]
fn a_long_value_is_cut() {
    let message = refusal(&[], &[("PORT", &"9".repeat(5_000))], &[]);
    assert!(message.len() < 250 && message.contains("9… (from PORT)"), "{message}");
}
