//! `If-Match`: changes only what is as its reader saw it (RFC 9110).

use super::super::body::invalid;
use super::super::problem::Problem;
use crate::calls::StoreError;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use utoipa::IntoParams;

/// How it stands in descriptions.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "described, not read")]
pub(super) struct IfMatchHeader {
    /// The `ETag` of an answer, or several, or `*`.
    #[param(rename = "If-Match", required = false, format = "entity-tags", example = "\"3\"")]
    if_match: String,
}

/// Of which versions a call may be to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IfMatch {
    /// Any: it was left out, or is `*`.
    Any,
    /// One of these.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// The version to be changed, if one was named.
    ///
    /// # Errors
    /// 412: it is another one by now.
    pub fn check(&self, version: i64) -> Result<Option<i64>, Problem> {
        match self {
            Self::Any => Ok(None),
            Self::Versions(versions) if versions.contains(&version) => Ok(Some(version)),
            Self::Versions(_) => Err(StoreError::Changed.into()),
        }
    }

    /// Reads a list of entity tags. Those that this server never gives match nothing, as do weak ones.
    fn parse(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::Any);
        }
        let mut versions = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (weak, tag) = rest.strip_prefix("W/").map_or((false, rest), |tag| (true, tag));
            let (tag, after) = tag.strip_prefix('"')?.split_once('"')?;
            if let (false, Ok(version)) = (weak, tag.parse()) {
                versions.push(version);
            }
            rest = after.trim_start();
            if !rest.is_empty() {
                rest = rest.strip_prefix(',')?.trim_start();
            }
        }
        (!text.trim().is_empty()).then_some(Self::Versions(versions))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut given = parts.headers.get_all(header::IF_MATCH).iter().peekable();
        if given.peek().is_none() {
            return Ok(Self::Any);
        }
        let values = given.map(|value| value.to_str().ok()).collect::<Option<Vec<_>>>();
        let read = values.and_then(|values| Self::parse(&values.join(",")));
        read.ok_or_else(|| invalid("If-Match: expected an ETag as an answer gave it, such as \"3\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_read() {
        let versions = |of: &[i64]| Some(IfMatch::Versions(of.to_vec()));
        assert_eq!(IfMatch::parse(" * "), Some(IfMatch::Any));
        assert_eq!(IfMatch::parse("\"3\""), versions(&[3]));
        assert_eq!(IfMatch::parse("\"3\" , W/\"4\",\"x\", \"5\","), versions(&[3, 5]));
        for nonsense in ["", " ", "3", "\"3", "\"3\" \"4\"", "w/\"3\"", "*, \"3\""] {
            assert_eq!(IfMatch::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn only_a_version_that_was_named_is_changed() {
        assert_eq!(IfMatch::Any.check(7).ok(), Some(None));
        assert_eq!(IfMatch::Versions(vec![6, 7]).check(7).ok(), Some(Some(7)));
        assert!(IfMatch::Versions(vec![6]).check(7).is_err());
    }
}
