//! What was probably meant by a name that doesn't exist.

use toml::Value;

use super::error::{Fault, Origin};
use super::schema::Kind;

/// The error for a key that doesn't exist. Its text or table may be a secret under a misspelt name, so only numbers
/// and switches are shown.
pub(super) fn unknown_key(key: String, value: &Value, origin: &Origin, siblings: &[String]) -> Fault {
    let kind = match value {
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => Kind::Bool,
        Value::String(_) | Value::Array(_) | Value::Table(_) => Kind::Secret,
    };
    let value = if value.is_table() { "{ … }".into() } else { kind.render(value) };
    let hint = hint(&key, siblings);
    Fault::UnknownKey { key, value, origin: origin.clone(), hint }
}

/// "did you mean …?" for a near miss, otherwise the list of what exists beside it.
fn hint(path: &str, siblings: &[String]) -> String {
    let leaves: Vec<_> = super::leaves().map(|(path, _)| path).collect();
    match nearest(path, siblings.iter().chain(&leaves)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("expected one of {}", siblings.join(", ")),
    }
}

/// The known path that was probably meant. A name without its section is compared with the names alone.
pub(super) fn nearest<'a>(path: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let distance = |known: &str| {
        let name = known.rsplit('.').next().filter(|_| !path.contains('.')).unwrap_or(known);
        strsim::damerau_levenshtein(path, known).min(strsim::damerau_levenshtein(path, name))
    };
    let allowed = (path.len() / 4).max(2);
    known
        .map(|known| (distance(known), known))
        .filter(|(d, _)| *d <= allowed)
        .min_by_key(|(d, _)| *d)
        .map(|(_, known)| known)
}
