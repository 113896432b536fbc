//! From what somebody shows to who it is.

use super::refusal::Refusal;
use crate::protocol::{Caller, Role, Roles};
use std::net::IpAddr;
use std::sync::Arc;

/// What somebody shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// Nothing.
    None,
    /// A token.
    Bearer(&'a str),
    /// `id:secret` of an API key, in base64 (RFC 7617).
    Basic(&'a str),
}

impl<'a> Credentials<'a> {
    /// Reads the value of an `Authorization` header; none if it is of no scheme that is known here.
    pub fn of_header(value: &'a str) -> Option<Self> {
        // The scheme's case does not matter (RFC 9110).
        let (scheme, rest) = value.trim().split_once(' ')?;
        let rest = rest.trim_start();
        match scheme {
            _ if scheme.eq_ignore_ascii_case("bearer") => Some(Self::Bearer(rest)),
            _ if scheme.eq_ignore_ascii_case("basic") => Some(Self::Basic(rest)),
            _ => None,
        }
    }
}

/// What holds for everybody.
#[derive(Debug, Clone)]
pub struct GateSettings {
    /// Whether something has to be shown.
    pub required: bool,
    /// What those are who show nothing, where nothing is needed.
    pub anonymous_role: Role,
    /// What each role may do.
    pub roles: Roles,
}

/// Tells who asks. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<GateSettings>);

impl Gate {
    /// By these settings.
    pub fn new(settings: GateSettings) -> Self {
        Self(Arc::new(settings))
    }

    /// Whether something has to be shown.
    pub fn is_required(&self) -> bool {
        self.0.required
    }

    /// What each role may do.
    pub fn roles(&self) -> &Roles {
        &self.0.roles
    }

    /// Who shows this.
    ///
    /// # Errors
    /// Nothing is shown where something is needed, or it is not good: that is never taken for nothing.
    #[expect(clippy::unused_async, reason = "to come: keys are checked off the runtime's threads")]
    pub async fn caller(&self, credentials: Credentials<'_>, address: Option<IpAddr>) -> Result<Caller, Refusal> {
        match credentials {
            Credentials::None if self.0.required => Err(Refusal::Missing),
            Credentials::None => Ok(Caller::anonymous(self.0.anonymous_role, address)),
            Credentials::Bearer(_) | Credentials::Basic(_) => Err(Refusal::Invalid),
        }
    }
}
