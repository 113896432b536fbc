//! What goes over the wire, as text.

use serde_json::{Value, json};

/// Engine.IO asks whether somebody is there,
pub const PING: &str = "2";
/// and is answered.
pub const PONG: &str = "3";
/// Enters the namespace `/`.
pub const ENTER: &str = "40";
/// Leaves it: either side says so.
pub const LEAVE: &str = "41";
/// Engine.IO itself ends.
pub const CLOSE: &str = "1";

/// An event with a callback.
pub fn request(id: u64, event: &str, payload: Option<&Value>) -> String {
    match payload {
        Some(payload) => format!("42{id}[{},{payload}]", json!(event)),
        None => format!("42{id}[{}]", json!(event)),
    }
}

/// What the server may send once one has entered.
#[derive(Debug, PartialEq)]
pub enum Packet<'a> {
    /// An event's arguments, the name first, as JSON.
    Event(&'a str),
    /// The arguments of a request's acknowledgement, as JSON.
    Acknowledgement(u64, &'a str),
    /// Asks whether somebody is there.
    Ping,
    /// The end.
    End,
    /// Something that nobody here asked for.
    Other,
}

/// Reads a packet.
pub fn read(text: &str) -> Packet<'_> {
    match text {
        PING => return Packet::Ping,
        LEAVE | CLOSE => return Packet::End,
        _ => {}
    }
    let Some((kind, rest)) = text.split_at_checked(2) else { return Packet::Other };
    let digits = rest.len() - rest.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let (id, arguments) = rest.split_at(digits);
    match (kind, id.parse()) {
        ("42", _) => Packet::Event(arguments),
        ("43", Ok(id)) => Packet::Acknowledgement(id, arguments),
        _ => Packet::Other,
    }
}

/// An event's name, without reading the rest. Names with escapes in them are nobody's here.
pub fn name(arguments: &str) -> Option<&str> {
    arguments.strip_prefix("[\"")?.split('"').next()
}

/// The first of some arguments, null if there is none; nothing if that is no list.
pub fn first(arguments: &str) -> Option<Value> {
    let arguments: Vec<Value> = serde_json::from_str(arguments).ok()?;
    Some(arguments.into_iter().next().unwrap_or_default())
}

/// An event's payload, null if it has none; nothing if that is no event.
pub fn payload(arguments: &str) -> Option<Value> {
    let arguments: Vec<Value> = serde_json::from_str(arguments).ok()?;
    Some(arguments.into_iter().nth(1).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_apart() {
        assert_eq!(read("2"), Packet::Ping);
        assert_eq!(read("41"), Packet::End);
        assert_eq!(read(r#"42["newProducer",{}]"#), Packet::Event(r#"["newProducer",{}]"#));
        assert_eq!(read("4317[true]"), Packet::Acknowledgement(17, "[true]"));
        assert_eq!(read("43[true]"), Packet::Other);
        assert_eq!(read("é"), Packet::Other);
    }

    #[test]
    fn an_event_has_a_name_and_maybe_a_payload() {
        assert_eq!(name(r#"["newProducer",{"a":1}]"#), Some("newProducer"));
        assert_eq!(payload(r#"["newProducer",{"a":1}]"#), Some(json!({ "a": 1 })));
        assert_eq!(payload(r#"["silence"]"#), Some(Value::Null));
        assert_eq!(request(3, "leaveRoom", None), r#"423["leaveRoom"]"#);
    }
}
