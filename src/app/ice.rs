//! What the configuration says about STUN and TURN servers.

use crate::config::Config;
use crate::ice::{IceServers, SharedSecretTurn};
use crate::protocol::IceServer;

pub(super) fn servers(config: &Config) -> IceServers {
    let fixed = config.rtc.ice_servers.iter().map(|server| IceServer {
        urls: server.urls.clone(),
        username: (!server.username.is_empty()).then(|| server.username.clone()),
        credential: (!server.credential.is_empty()).then(|| server.credential.expose().to_owned()),
    });
    let turn = &config.turn;
    let shared = SharedSecretTurn { urls: turn.urls.clone(), secret: turn.secret.expose().to_owned(), ttl: turn.ttl() };
    IceServers::new(fixed.collect(), (!turn.urls.is_empty()).then_some(shared))
}
