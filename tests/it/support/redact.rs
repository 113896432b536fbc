//! Makes what differs from run to run the same, so that shapes can be compared as they are.

use serde_json::Value;

/// The value as JSON, with known texts replaced by names and other UUIDs by `[id]`.
pub fn redact(value: &Value, names: &[(&str, &str)]) -> String {
    fn walk(value: &mut Value, names: &[(&str, &str)]) {
        match value {
            Value::String(text) => {
                if let Some((_, name)) = names.iter().find(|(known, _)| known == text) {
                    *text = format!("[{name}]");
                } else if is_uuid(text) {
                    *text = "[id]".to_owned();
                } else if text.split_once('.').is_some_and(|(peer, secret)| is_uuid(peer) && is_uuid(secret)) {
                    *text = "[token]".to_owned();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| walk(value, names)),
            Value::Object(fields) => fields.values_mut().for_each(|value| walk(value, names)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut value = value.clone();
    walk(&mut value, names);
    value.to_string()
}

/// What a value is made of: types instead of values, one element for lists of the same.
pub fn shape(value: &Value) -> Value {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(text) if is_uuid(text) => "uuid".into(),
        Value::String(_) => "string".into(),
        Value::Array(values) => {
            let mut shapes: Vec<_> = values.iter().map(shape).collect();
            shapes.dedup();
            shapes.into()
        }
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(place, c)| match place {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}
