//! Pages of long lists, and where the next one begins.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;
use uuid::Uuid;

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; none after the last.
    #[serde(rename = "nextCursor")]
    #[schema(value_type = Option<String>)]
    pub next: Option<Cursor>,
}

/// A place in a list that is ordered by time: after this one. An opaque text for clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The last one's time.
    pub(super) at: DateTime<Utc>,
    /// The last one's id, among those of the same time.
    pub(super) id: Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.at.timestamp_micros().to_be_bytes());
        bytes[8..].copy_from_slice(self.id.as_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected a cursor as a page before gave it";
        let bytes: [u8; 24] =
            URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(EXPECTED)?;
        let (at, id) = bytes.split_at(8);
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(at.try_into().expect("8 bytes")));
        // Years that neither a database nor RFC 3339 can write.
        let at = at.filter(|at| (0..=253_402_300_799).contains(&at.timestamp())).ok_or(EXPECTED)?;
        Ok(Self { at, id: Uuid::from_slice(id).expect("16 bytes") })
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Of one more row than asked for, the page and where the next begins.
pub(super) fn page<T>(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
    let limit = limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor);
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        let cursor = Cursor { at: super::super::columns::now(), id: Uuid::new_v4() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let beyond = Cursor { at: DateTime::from_timestamp_micros(i64::MIN / 64).expect("a time"), id: Uuid::nil() };
        for text in ["", "x", "ÄÖÜ", &"A".repeat(33), &"_".repeat(32), &beyond.to_string()] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
