//! From the configuration to the gate.

use crate::auth::{Gate, GateSettings};
use crate::config::{Config, RoleName};
use crate::protocol::Role;

pub(super) fn gate(config: &Config) -> Gate {
    Gate::new(GateSettings {
        required: config.auth.is_required(config.server.environment),
        anonymous_role: role(config.auth.anonymous_role),
        roles: super::roles::roles(&config.roles),
    })
}

pub(super) fn role(name: RoleName) -> Role {
    match name {
        RoleName::Viewer => Role::Viewer,
        RoleName::Participant => Role::Participant,
        RoleName::Moderator => Role::Moderator,
        RoleName::Host => Role::Host,
    }
}
