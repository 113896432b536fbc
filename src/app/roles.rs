//! What the configuration says about roles.

use crate::config::{self, RolesConfig};
use crate::protocol::{Permission, Permissions, Roles};
use crate::rooms::Creation;

pub(super) fn roles(config: &RolesConfig) -> Roles {
    Roles {
        viewer: permissions(&config.viewer),
        participant: permissions(&config.participant),
        moderator: permissions(&config.moderator),
        host: permissions(&config.host),
    }
}

/// The configuration has no other names than those that there are.
fn permissions(names: &[String]) -> Permissions {
    let named = |name: &String| Permission::ALL.into_iter().find(|permission| permission.as_str() == name);
    names.iter().filter_map(named).collect()
}

pub(super) fn creation(creation: config::Creation) -> Creation {
    match creation {
        config::Creation::Anyone => Creation::Anyone,
        config::Creation::Permitted => Creation::Permitted,
        config::Creation::Booked => Creation::Booked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_defaults_are_those_that_the_rules_are_written_for() {
        let config = Config::default();
        assert_eq!(roles(&config.roles), Roles::default());
    }

    #[test]
    fn every_permission_has_its_name_in_the_configuration() {
        assert_eq!(permissions(&Config::default().roles.host), Permissions::all(), "a host may do everything");
    }
}
