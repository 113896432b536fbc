//! `colloquy token` and `colloquy api-key`: letting people and backends in from the command line.

use super::{Overrides, answer, refuse};
use crate::app;
use crate::auth::{ApiSecret, Order};
use crate::config::Config;
use crate::protocol::{CallId, DisplayName, Permission, Role, UserId};
use crate::telemetry::logging;
use clap::{Args, Subcommand};
use std::process::ExitCode;
use std::time::Duration;

/// Who had a token made, in the audit log.
const ACTOR: &str = "command line";

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Print a token with which somebody enters a call, signed with the newest key of auth.keys_dir
    #[command(after_help = "Example: colloquy token create --user anna --call 'team-*' --role host --ttl 2h")]
    Create(Token),
}

#[derive(Debug, Args)]
pub(super) struct Token {
    /// Who is to show it: what others see as userId
    #[arg(long, value_name = "ID", value_parser = UserId::new)]
    user: UserId,
    /// The call, or a pattern in which each * stands for any characters
    #[arg(long, value_name = "ID", value_parser = CallId::new)]
    call: CallId,
    /// viewer, participant, moderator or host
    #[arg(long, default_value = "participant", value_parser = role)]
    role: Role,
    /// How others see the user
    #[arg(long, value_parser = DisplayName::new)]
    name: Option<DisplayName>,
    /// What the user may do, instead of what the role may; may be repeated
    #[arg(long = "permission", value_name = "PERMISSION", value_parser = permission)]
    permissions: Vec<Permission>,
    /// How long it is good, such as 90 (seconds), 30m, 12h or 7d [default: auth.token_ttl_s]
    #[arg(long, value_parser = ttl)]
    ttl: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ApiKeyCommand {
    /// Print a new key: its id and secret for the backend, and the entry of the configuration, which has only a hash
    Create {
        /// Its name, which is no secret [default: a random one]
        #[arg(long, value_parser = key_id)]
        id: Option<String>,
    },
}

pub(super) fn token(overrides: &Overrides, command: TokenCommand) -> ExitCode {
    let TokenCommand::Create(Token { user, call, role, name, permissions, ttl }) = command;
    let config = match overrides.sources(None).and_then(|sources| Config::load(&sources)) {
        Ok(config) => config,
        Err(error) => return refuse(&error),
    };
    logging::init(&config.log, config.server.environment);
    let gate = match app::offline_gate(&config) {
        Ok(gate) => gate,
        Err(error) => return refuse(&error),
    };
    let order = Order {
        user_id: user,
        display_name: name,
        calls: call,
        role,
        permissions: (!permissions.is_empty()).then(|| permissions.into_iter().collect()),
        ttl,
        not_before: None,
    };
    match gate.issue(&order, ACTOR, None) {
        Ok(issued) => answer(&format!("{}\n", issued.token)),
        Err(error) => refuse(&error),
    }
}

pub(super) fn api_key(command: ApiKeyCommand) -> ExitCode {
    let ApiKeyCommand::Create { id } = command;
    let (id, secret) = match (id.map_or_else(ApiSecret::random_id, Ok), ApiSecret::make()) {
        (Ok(id), Ok(secret)) => (toml::Value::from(id), secret),
        (Err(error), _) | (_, Err(error)) => return refuse(&error),
    };
    let ApiSecret { secret, hash } = secret;
    answer(&format!(
        "id: {}\nsecret: {secret}\n\n[[auth.api_keys]]\nid = {id}\nsecret_hash = \"{hash}\"\n",
        id.as_str().unwrap_or_default(),
    ))
}

fn role(text: &str) -> Result<Role, String> {
    let known = Role::ALL.into_iter().find(|role| role.as_str() == text);
    known.ok_or_else(|| format!("expected one of {}", Role::ALL.map(Role::as_str).join(", ")))
}

fn permission(text: &str) -> Result<Permission, String> {
    let known = Permission::ALL.into_iter().find(|permission| permission.as_str() == text);
    known.ok_or_else(|| format!("expected one of {}", Permission::ALL.map(Permission::as_str).join(", ")))
}

fn ttl(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map(Duration::from_secs);
    seconds.or_else(|_| humantime::parse_duration(text)).map_err(|_| "expected such as 90, 30m, 12h or 7d".to_owned())
}

/// As the configuration takes it.
fn key_id(text: &str) -> Result<String, String> {
    let id = UserId::new(text)?.as_str().to_owned();
    if id.contains(':') { Err("expected no colon".to_owned()) } else { Ok(id) }
}
