//! Keeps the dependencies between modules pointing down: reads the `use crate::` lines and holds them against the list.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may use of the others.
const MAY_USE: &[(&str, &[&str])] = &[
    ("ids", &[]),
    ("limits", &[]),
    ("config", &[]),
    ("telemetry", &["config", "limits"]),
    ("ice", &["protocol"]),
    ("media", &["ids"]),
    ("protocol", &["ids", "media"]),
    ("auth", &["limits", "protocol"]),
    ("rooms", &["ice", "ids", "limits", "media", "protocol"]),
    ("webhooks", &["ids", "limits", "protocol", "rooms", "telemetry"]),
    ("calls", &["auth", "ids", "limits", "protocol", "rooms", "webhooks"]),
    ("signaling", &["auth", "ids", "limits", "protocol", "rooms", "telemetry"]),
    ("drain", &["protocol", "rooms", "signaling"]),
    ("http", &["auth", "calls", "drain", "ice", "ids", "limits", "media", "protocol", "rooms", "telemetry"]),
    ("lifecycle", &[]),
    (
        "app",
        &[
            "auth",
            "calls",
            "config",
            "drain",
            "http",
            "ice",
            "lifecycle",
            "limits",
            "media",
            "protocol",
            "rooms",
            "signaling",
            "telemetry",
            "webhooks",
        ],
    ),
    ("cli", &["app", "auth", "config", "media", "protocol", "telemetry"]),
];

/// Crates that only one module may name.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("mediasoup::", &["media"]),
    ("socketioxide::", &["signaling", "http", "app"]),
    ("axum::", &["http", "app"]),
    ("prometheus::", &["telemetry", "http"]),
    ("sqlx::", &["calls"]),
    ("reqwest::", &["auth", "webhooks"]),
    ("jsonwebtoken::", &["auth"]),
];

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("is readable").path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The names after every `crate::` in a text: of `crate::{a::B, c}` those of the list.
fn used(text: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut names = Vec::new();
    for after in text.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => names.extend(list.split('}').next().unwrap_or("").split(',').map(name)),
            None => names.push(name(after)),
        }
    }
    names.retain(|name: &String| !name.is_empty());
    names
}

#[test]
fn dependencies_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let may_use: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&root).expect("is inside");
        let module = inside.components().next().expect("has a name").as_os_str().to_string_lossy();
        let module = module.trim_end_matches(".rs");
        if ["lib", "main", "layers"].contains(&module) {
            continue;
        }
        let Some(allowed) = may_use.get(module) else {
            wrong.push(format!("{module}: a new module needs its place in this list"));
            continue;
        };
        let text = fs::read_to_string(&file).expect("is text");
        for name in used(&text) {
            if name != module && may_use.contains_key(name.as_str()) && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{} uses {name}", inside.display()));
            }
        }
        for (library, modules) in ONLY_IN {
            if text.contains(&format!("use {library}")) && !modules.contains(&module) {
                wrong.push(format!("{} names {library}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn names_are_found_in_lists_too() {
    assert_eq!(used("use crate::ids::X; crate::{media::Y, rooms}"), ["ids", "media", "rooms"]);
}
