//! `default.toml`, the schema and the types say the same.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::super::layers::DEFAULTS;
use super::*;

fn keys_of(table: &Table) -> BTreeSet<String> {
    let section = |(name, value): (&String, &Value)| -> Vec<String> {
        value.as_table().expect("a section").keys().map(|key| format!("{name}.{key}")).collect()
    };
    table.iter().flat_map(section).collect()
}

/// Each key of `default.toml` with the comment right above it.
fn documentation() -> Vec<(String, String)> {
    let (mut section, mut comment, mut found) = (String::new(), String::new(), Vec::new());
    for line in DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            comment = format!("{comment} {text}");
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').into();
        } else if let Some((key, _)) = line.split_once(" = ") {
            found.push((format!("{section}.{key}"), comment.clone()));
        }
        comment.clear();
    }
    found
}

#[test]
fn defaults_schema_and_types_have_the_same_keys() {
    let documented = keys_of(&DEFAULTS.parse().expect("TOML"));
    let typed = keys_of(&Table::try_from(Config::default()).expect("serializable"));
    let schema: BTreeSet<_> = leaves().map(|(path, _)| path).collect();
    assert_eq!(documented, schema);
    assert_eq!(typed, schema);
    load(&[], &[], &[]);
}

#[test]
fn every_key_is_documented_with_its_range_default_and_variable() {
    let documentation = documentation();
    let defaults = Layers::defaults();
    let order: Vec<_> = leaves().map(|(path, _)| path).collect();
    assert_eq!(documentation.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(), order);
    for ((path, comment), (_, key)) in documentation.iter().zip(leaves()) {
        let mut said = vec![
            format!("Allowed: {}.", key.kind.expected()),
            format!("Default: {}.", key.kind.render(defaults.value(path))),
        ];
        said.extend(key.variable.map(|name| format!("Variable: {name}")));
        for text in said {
            assert!(comment.contains(&text), "the comment of {path} lacks {text:?}: {comment}");
        }
    }
}

#[test]
fn the_types_hold_what_the_schema_allows_and_no_integer_beyond_it() {
    for (path, key) in leaves() {
        let set = |value: &dyn std::fmt::Display| sources(&[], &[], &[&format!("{path}={value}")]);
        let (kind, entry) = match key.kind {
            Kind::List { item, .. } => (*item, "[0]"),
            kind => (kind, ""),
        };
        match kind {
            Kind::Int { min, max } => {
                for value in [min, max] {
                    Layers::merge(&set(&value)).unwrap_or_else(|error| panic!("{error}")).typed();
                }
                for value in [min - 1, max + 1] {
                    let error = Layers::merge(&set(&value)).expect_err("beyond the range").to_string();
                    assert_eq!(
                        error,
                        format!("{path}{entry} = {value} (from --set): expected an integer from {min} to {max}")
                    );
                }
            }
            Kind::Choice(values) => {
                for value in values {
                    Layers::merge(&set(value)).unwrap_or_else(|error| panic!("{error}")).typed();
                }
                assert!(Layers::merge(&set(&"other")).is_err(), "{path}");
            }
            Kind::Switch => {
                for value in ["true", "false", "auto"] {
                    Layers::merge(&set(&value)).unwrap_or_else(|error| panic!("{error}")).typed();
                }
                assert!(Layers::merge(&set(&"yes")).is_err(), "{path}");
            }
            Kind::Bool => assert!(Layers::merge(&set(&"yes")).is_err(), "{path}"),
            Kind::Text { .. } | Kind::Table(_) | Kind::Secret | Kind::List { .. } => {}
        }
    }
}
