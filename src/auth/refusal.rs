//! Why somebody is not let in. What is said helps who made a mistake, and nobody who guesses.

/// The credentials are none, or none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing was shown where something is needed.
    #[error("a token is needed")]
    Missing,
    /// What was shown is no token and no key, or not a good one.
    #[error("the token is not valid")]
    Invalid,
}
