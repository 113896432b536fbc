//! The token that a client shows when it connects: in the `auth` of its connect packet, in the handshake's
//! `Authorization: Bearer`, or as `?token=` of its URL. The first of them that is there counts.

use crate::auth::Credentials;
use serde::Deserialize;
use socketioxide::adapter::LocalAdapter;
use socketioxide::handler::{FromConnectParts, Value};
use socketioxide::socket::Socket;
use std::convert::Infallible;
use std::sync::Arc;

/// A token, or none; one that can be no token is shown as it is, to be refused.
pub(super) struct Shown(Option<String>);

impl Shown {
    pub fn credentials(&self) -> Credentials<'_> {
        self.0.as_deref().map_or(Credentials::None, Credentials::Bearer)
    }
}

impl FromConnectParts<LocalAdapter> for Shown {
    type Error = Infallible;

    fn from_connect_parts(socket: &Arc<Socket>, auth: &Option<Value>) -> Result<Self, Infallible> {
        let packet = match auth {
            Some(Value::Str(text, _)) => of_packet(text),
            Some(Value::Bytes(_)) | None => None,
        };
        let head = socket.req_parts();
        let header = || {
            // Of another scheme it is for somebody else, such as a proxy in front.
            let value = head.headers.get("authorization")?.to_str().ok()?;
            match Credentials::of_header(value)? {
                Credentials::Bearer(token) => Some(token.to_owned()),
                Credentials::Basic(_) | Credentials::None => None,
            }
        };
        let query = || of_query(head.uri.query()?);
        Ok(Self(packet.or_else(header).or_else(query).filter(|token| !token.is_empty())))
    }
}

fn of_packet(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Auth {
        token: Option<serde_json::Value>,
    }
    match serde_json::from_str::<Auth>(text).ok()?.token? {
        serde_json::Value::String(token) => Some(token),
        no_token => Some(no_token.to_string()),
    }
}

/// Tokens have no characters that a URL would have to escape.
fn of_query(query: &str) -> Option<String> {
    query.split('&').find_map(|pair| pair.strip_prefix("token=")).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_to_be_a_token_is_one() {
        let packets = [
            (r#"{"token":"a.b.c","other":1}"#, Some("a.b.c")),
            (r#"{"token":""}"#, Some("")),
            (r#"{"token":7}"#, Some("7")),
            (r#"{"token":null}"#, None),
            (r#"{"sid":"x"}"#, None),
            ("null", None),
            ("[]", None),
        ];
        for (text, token) in packets {
            assert_eq!(of_packet(text).as_deref(), token, "{text}");
        }
        assert_eq!(of_query("EIO=4&token=a.b.c&t=1").as_deref(), Some("a.b.c"));
        assert_eq!(of_query("EIO=4&mytoken=a"), None);
    }
}
