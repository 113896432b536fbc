//! Environment variables as a layer: the well-known names, then `COLLOQUY_<SECTION>__<KEY>`, which wins over them.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::error::{Fault, Origin};
use super::layers::Layers;
use super::{leaves, suggest};

const PREFIX: &str = "COLLOQUY_";

type Variables = BTreeMap<String, String>;

/// Lays the variables over what is there. A well-known variable that is empty counts as not set, as compose files and
/// shells leave it; an empty `COLLOQUY_…` is an empty value.
pub(super) fn apply(layers: &mut Layers, variables: &Variables) -> Result<(), Fault> {
    for (path, key) in leaves() {
        if let Some((name, text)) = key.variable.and_then(|name| Some((name, filled(variables, name)?))) {
            layers.set(&path, key.kind.parse(text), Origin::Variable(name.into()))?;
        }
    }
    ice_servers(layers, variables)?;
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let path = rest.to_ascii_lowercase().replacen("__", ".", 1);
        match super::leaf(&path) {
            Some(key) => layers.set(&path, key.kind.parse(text), Origin::Variable(name.clone()))?,
            None if path.contains('.') || is_misspelt(&path, text) => return Err(unknown(name, &path)),
            // Not the name of a key at all: other programs' variables may begin like ours.
            None => {}
        }
    }
    Ok(())
}

fn filled<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    variables.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// `WEBRTC_ICE_SERVERS` replaces the list; `WEBRTC_TURN_SERVER_URL` adds to it. The TURN user name and password belong
/// to the TURN URLs of both.
fn ice_servers(layers: &mut Layers, variables: &Variables) -> Result<(), Fault> {
    const KEY: &str = "rtc.ice_servers";
    let names: Vec<_> = ["WEBRTC_ICE_SERVERS", "WEBRTC_TURN_SERVER_URL"]
        .into_iter()
        .filter(|name| filled(variables, name).is_some())
        .collect();
    let [user, password] = ["WEBRTC_TURN_USERNAME", "WEBRTC_TURN_PASSWORD"];
    if names.is_empty() {
        return match [user, password].into_iter().find(|name| filled(variables, name).is_some()) {
            Some(name) => Err(Fault::Invalid {
                key: name.into(),
                value: format!("\"{}\"", super::MASK),
                origin: Origin::Variable("the environment".into()),
                expected: "WEBRTC_TURN_SERVER_URL beside it, the server it is for".into(),
            }),
            None => Ok(()),
        };
    }
    let mut servers = match layers.value(KEY) {
        Value::Array(servers) if !names.contains(&"WEBRTC_ICE_SERVERS") => servers.clone(),
        _ => Vec::new(),
    };
    let urls = names.iter().filter_map(|name| filled(variables, name)).flat_map(|list| list.split(','));
    let (turn, other): (Vec<_>, Vec<_>) =
        urls.map(str::trim).filter(|url| !url.is_empty()).partition(|url| url.starts_with("turn"));
    if !other.is_empty() {
        servers.push(Table::from_iter([("urls".to_owned(), Value::from(other))]).into());
    }
    if !turn.is_empty() {
        let of = |name| Value::from(filled(variables, name).unwrap_or_default());
        let entry = [("urls", Value::from(turn)), ("username", of(user)), ("credential", of(password))];
        servers.push(Table::from_iter(entry.map(|(name, value)| (name.to_owned(), value))).into());
    }
    layers.set(KEY, Value::Array(servers), Origin::Variable(names.join(" and ")))
}

/// Whether this is a key without its section, or with one underscore where two belong. A value like `tcp://…` is none: Kubernetes puts the
/// address of a service called `colloquy-server` into `COLLOQUY_SERVER_PORT`.
fn is_misspelt(path: &str, value: &str) -> bool {
    !value.contains("://") && leaves().any(|(known, key)| key.name == path || known.replacen('.', "_", 1) == path)
}

fn unknown(name: &str, path: &str) -> Fault {
    let variable = |path: &str| format!("{PREFIX}{}", path.to_ascii_uppercase().replacen('.', "__", 1));
    let known: Vec<_> = leaves().map(|(path, _)| path).collect();
    let hint = match suggest::nearest(path, known.iter()) {
        Some(near) => format!("did you mean {}?", variable(near)),
        None => format!("expected {PREFIX}<SECTION>__<KEY>, such as {}", variable(&known[0])),
    };
    Fault::UnknownVariable { name: name.into(), hint }
}
