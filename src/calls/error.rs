//! What can go wrong between the server and its database, without a word of SQL.

use sqlx::Error;

/// Why the database did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// There is one already.
    #[error("there is one already")]
    Conflict,
    /// Somebody else has changed it: the version is another than expected.
    #[error("it has changed in the meantime")]
    Changed,
    /// The database does not take what it should keep.
    #[error("{0}")]
    Invalid(&'static str),
    /// The database is away, or too slow: the same may work later. It may have been done all the same.
    #[error("the database does not answer")]
    Unavailable,
    /// A fault of the server or of its tables; the log has more.
    #[error("a fault of the database")]
    Fault,
}

impl StoreError {
    /// What an error of sqlx means; what is nobody's business but the operator's is logged here.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::RowNotFound => Self::NotFound,
            Error::Database(refusal) if refusal.is_unique_violation() => Self::Conflict,
            error if is_passing(error) => {
                tracing::warn!(%error, "the database does not answer");
                Self::Unavailable
            }
            error => {
                tracing::error!(%error, "the database refuses");
                Self::Fault
            }
        }
    }
}

/// Whether the same may work later.
pub(super) fn is_passing(error: &Error) -> bool {
    match error {
        Error::Io(_)
        | Error::Tls(_)
        | Error::Protocol(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::BeginFailed => true,
        Error::Database(refusal) => refusal.code().is_some_and(|code| passing_code(&code)),
        _ => false,
    }
}

/// PostgreSQL's SQLSTATE (five characters: connection lost, no resources, shutting down, serialization) or SQLite's
/// result code, whose low byte says what it is.
fn passing_code(code: &str) -> bool {
    const SQLITE: [u32; 6] = [5, 6, 10, 13, 14, 8]; // BUSY, LOCKED, IOERR, FULL, CANTOPEN, READONLY
    if code.len() == 5 {
        return ["08", "53", "57", "58", "25006", "40"].iter().any(|class| code.starts_with(class));
    }
    code.parse::<u32>().is_ok_and(|code| SQLITE.contains(&(code & 0xff)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_is_told_from_what_stays() {
        for code in ["57P01", "08006", "53300", "40001", "5", "261", "13", "778"] {
            assert!(passing_code(code), "{code}");
        }
        for code in ["42P01", "23505", "22P02", "1", "19", "1555", ""] {
            assert!(!passing_code(code), "{code}");
        }
    }
}
