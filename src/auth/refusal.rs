//! Why somebody is not let in. What is said helps who made a mistake, and nobody who guesses.

use crate::limits::Limit;
use crate::protocol::ErrorCode;
use std::time::Duration;

/// The credentials are none, or not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing was shown where something is needed.
    #[error("a token is needed")]
    Missing,
    /// What was shown is no token and no key, or not of anybody who is known here.
    #[error("the token is not valid")]
    Invalid,
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It will be.
    #[error("the token is not valid yet")]
    NotYet,
    /// It was taken back.
    #[error("the token was revoked")]
    Revoked,
    /// The API key is unknown or revoked, or its secret is another.
    #[error("the API key is not valid")]
    Key,
    /// Too often from there: the time until the next may be shown.
    #[error("more requests than {} allows", Limit::TokenRequests)]
    TooMany(Duration),
    /// Whether it is good cannot be told just now.
    #[error("credentials cannot be checked just now: try again")]
    Unavailable,
}

impl Refusal {
    /// As clients are told.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Missing | Self::Invalid | Self::Expired | Self::NotYet | Self::Revoked | Self::Key => {
                ErrorCode::Unauthenticated
            }
            Self::TooMany(_) => ErrorCode::RateLimited,
            Self::Unavailable => ErrorCode::Unavailable,
        }
    }
}

/// What exactly is wrong with a token: for the log, and never told to whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("it is longer than any token")]
    TooLong,
    #[error("it is no JSON Web Token")]
    Shape,
    #[error("its algorithm is not RS256")]
    Algorithm,
    #[error("its header has critical extensions")]
    Critical,
    #[error("its issuer is not known here")]
    Issuer,
    #[error("its issuer has no such key")]
    Key,
    #[error("the issuer's keys are not there yet")]
    NoKeys,
    #[error("its signature is of another key or another text")]
    Signature,
    #[error("it is for another audience")]
    Audience,
    #[error("its claims are not what they have to be")]
    Claims,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYet,
    #[error("it was revoked")]
    Revoked,
}

impl From<Flaw> for Refusal {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Expired => Self::Expired,
            Flaw::NotYet => Self::NotYet,
            Flaw::Revoked => Self::Revoked,
            Flaw::NoKeys => Self::Unavailable,
            Flaw::TooLong
            | Flaw::Shape
            | Flaw::Algorithm
            | Flaw::Critical
            | Flaw::Issuer
            | Flaw::Key
            | Flaw::Signature
            | Flaw::Audience
            | Flaw::Claims => Self::Invalid,
        }
    }
}
