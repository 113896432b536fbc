//! The merge: each source laid over the ones before, every value with its origin.

use std::collections::BTreeMap;
use std::fmt::Write;

use toml::{Table, Value};

use super::error::{ConfigError, Fault, Origin};
use super::schema::Kind;
use super::{Config, Flag, SECTIONS, Sources, environment, leaf, leaves, rules, suggest};

pub(super) const DEFAULTS: &str = include_str!("../../config/default.toml");

/// Every key's value and where it came from; each value is within its own range, but not yet compared with others.
#[derive(Debug, Clone)]
pub struct Layers {
    /// By `section.key`.
    values: BTreeMap<String, (Value, Origin)>,
}

impl Layers {
    pub(super) fn defaults() -> Self {
        let mut layers = Self { values: BTreeMap::new() };
        layers.add_text(DEFAULTS, Origin::Defaults).expect("the embedded defaults are valid");
        layers
    }

    /// Lays files, environment and flags over the defaults.
    ///
    /// # Errors
    /// The first unknown key, unreadable text or value outside of its range.
    pub fn merge(sources: &Sources) -> Result<Self, ConfigError> {
        let mut layers = Self::defaults();
        for file in &sources.files {
            layers.add_text(&file.text, Origin::File(file.name.clone()))?;
        }
        environment::apply(&mut layers, &sources.environment)?;
        for flag in &sources.flags {
            layers.add_flag(flag)?;
        }
        Ok(layers)
    }

    /// The typed configuration, once the values are also checked against each other. `cores` is what
    /// `workers.count = 0` stands for.
    ///
    /// # Errors
    /// [`ConfigError`] for the first value that doesn't go with the others.
    pub fn config(&self, cores: usize) -> Result<Config, ConfigError> {
        let config = self.typed();
        rules::check(&config, self, cores)?;
        Ok(config)
    }

    /// All values as TOML in the documented order, secrets masked; values that differ from the defaults say where they
    /// came from.
    pub fn to_toml(&self) -> String {
        let defaults = Self::defaults();
        let mut text = String::new();
        let mut section = "";
        for (path, key) in leaves() {
            let name = path.split('.').next().unwrap_or_default();
            if let Some(next) = SECTIONS.iter().find(|next| next.name == name && next.name != section) {
                let gap = if section.is_empty() { "" } else { "\n" };
                section = next.name;
                let _ = writeln!(text, "{gap}[{section}]");
            }
            let value = self.value(&path);
            let origin =
                if value == defaults.value(&path) { String::new() } else { format!("  # {}", self.origin(&path)) };
            let _ = writeln!(text, "{} = {}{origin}", key.name, key.kind.render(value));
        }
        text
    }

    /// Checks one value and puts it in place of what was there.
    pub(super) fn set(&mut self, path: &str, value: Value, origin: Origin) -> Result<(), Fault> {
        if let Some(key) = leaf(path) {
            key.kind.check(path, &value, &origin)?;
            self.values.insert(path.into(), (value, origin));
        }
        Ok(())
    }

    pub(super) fn value(&self, path: &str) -> &Value {
        &self.values[path].0
    }

    pub(super) fn origin(&self, path: &str) -> &Origin {
        &self.values[path].1
    }

    pub(super) fn typed(&self) -> Config {
        let mut root = Table::new();
        for (path, (value, _)) in &self.values {
            if let Some((section, key)) = path.split_once('.') {
                let table = root.entry(section).or_insert_with(|| Table::new().into());
                table.as_table_mut().map(|table| table.insert(key.into(), value.clone()));
            }
        }
        root.try_into().expect("values that passed the schema fit their types")
    }

    fn add_flag(&mut self, flag: &Flag) -> Result<(), Fault> {
        let origin = Origin::Flag(flag.name.clone());
        if let Some(key) = leaf(&flag.key) {
            return self.set(&flag.key, key.kind.parse(&flag.value), origin);
        }
        let section = flag.key.split('.').next().unwrap_or_default();
        let number = flag.value.parse().map(Value::Integer);
        let value = number.unwrap_or_else(|_| flag.value.clone().into());
        Err(suggest::unknown_key(flag.key.clone(), &value, &origin, &siblings(section)))
    }

    fn add_text(&mut self, text: &str, origin: Origin) -> Result<(), Fault> {
        let table: Table = text.parse().map_err(|error| syntax(text, &error, &origin))?;
        let table = Value::Table(table);
        Kind::Table(SECTIONS).check("", &table, &origin)?;
        for (path, _) in leaves() {
            let value = path.split('.').try_fold(&table, |table, name| table.get(name));
            if let Some(value) = value {
                self.values.insert(path, (value.clone(), origin.clone()));
            }
        }
        Ok(())
    }
}

/// The keys of a section, or the sections if there is none of that name.
fn siblings(section: &str) -> Vec<String> {
    let prefix = format!("{section}.");
    let keys: Vec<_> = leaves().map(|(path, _)| path).filter(|path| path.starts_with(&prefix)).collect();
    if keys.is_empty() { SECTIONS.iter().map(|section| section.name.into()).collect() } else { keys }
}

/// Only the parser's reason and the place: its full message repeats the line, which may hold a secret.
fn syntax(text: &str, error: &toml::de::Error, origin: &Origin) -> Fault {
    let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
    let file = match origin {
        Origin::File(name) => name.clone(),
        Origin::Defaults | Origin::Variable(_) | Origin::Flag(_) => origin.to_string(),
    };
    Fault::Syntax {
        file,
        line: before.matches('\n').count() + 1,
        column: before.chars().rev().take_while(|&c| c != '\n').count() + 1,
        reason: error.message().replace('\n', ", "),
    }
}
