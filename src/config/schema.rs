//! What may stand in a configuration: every key with its kind and range, and the check of a value against them.
//!
//! The structs of the sections say which types the code works with; the tables here say which values a person may
//! write. A test holds both and `default.toml` together.

use toml::{Table, Value};

use super::error::{Fault, Origin};
use super::secret::MASK;
use super::suggest;

/// The kinds of values, each with what it allows.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Bool,
    /// A [`super::switch::Switch`].
    Switch,
    Int {
        min: i64,
        max: i64,
    },
    Choice(&'static [&'static str]),
    Text {
        expected: &'static str,
        check: fn(&str) -> bool,
    },
    Secret,
    List {
        item: &'static Kind,
        at_least: usize,
    },
    Table(&'static [Key]),
}

/// One key of a table.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// The well-known environment variable that sets it, besides `COLLOQUY_<SECTION>__<KEY>`.
    pub variable: Option<&'static str>,
    /// True for keys of list entries that have no default.
    pub required: bool,
}

impl Key {
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, variable: None, required: false }
    }

    pub const fn int(name: &'static str, min: i64, max: i64) -> Self {
        Self::new(name, Kind::Int { min, max })
    }

    pub const fn text(name: &'static str, expected: &'static str, check: fn(&str) -> bool) -> Self {
        Self::new(name, Kind::Text { expected, check })
    }

    pub const fn variable(mut self, name: &'static str) -> Self {
        self.variable = Some(name);
        self
    }

    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

impl Kind {
    /// The allowed values in words, to follow "expected".
    pub fn expected(self) -> String {
        match self {
            Self::Bool => "true or false".into(),
            Self::Switch => "true, false or \"auto\"".into(),
            Self::Int { min, max } => format!("an integer from {min} to {max}"),
            Self::Choice(names) => one_of(names),
            Self::Text { expected, .. } => expected.into(),
            Self::Secret => "the secret itself as a text, not its mask".into(),
            Self::List { item, at_least } => {
                let least = if at_least > 0 { format!(" of at least {at_least}") } else { String::new() };
                let once = if matches!(item, Self::Choice(_)) { " once" } else { "" };
                format!("a list{least}, each entry{once} {}", item.expected())
            }
            Self::Table(keys) => {
                let names: Vec<_> = keys.iter().map(|key| key.name).collect();
                format!("a table with the keys {}", names.join(", "))
            }
        }
    }

    /// Reads a value written outside of a file (variable or flag). What doesn't fit stays a text, for [`Kind::check`]
    /// to refuse in the same words as in a file.
    pub fn parse(self, text: &str) -> Value {
        let trimmed = text.trim();
        let parsed = match self {
            Self::Bool | Self::Switch => trimmed.parse().ok().map(Value::Boolean),
            Self::Int { .. } => trimmed.parse().ok().map(Value::Integer),
            Self::List { .. } if trimmed.starts_with('[') => {
                format!("list = {trimmed}").parse::<Table>().ok().and_then(|mut table| table.remove("list"))
            }
            Self::List { item: Self::Table(_), .. } => None,
            Self::List { item, .. } => {
                let entries = trimmed.split(',').map(str::trim).filter(|entry| !entry.is_empty());
                Some(entries.map(|entry| item.parse(entry)).collect::<Vec<_>>().into())
            }
            Self::Choice(_) | Self::Text { .. } | Self::Secret | Self::Table(_) => None,
        };
        parsed.unwrap_or_else(|| Value::String(text.into()))
    }

    /// Checks a value and all below it; `path` is its dotted name.
    pub fn check(self, path: &str, value: &Value, origin: &Origin) -> Result<(), Fault> {
        let fits = match (self, value) {
            (Self::Bool | Self::Switch, Value::Boolean(_)) => true,
            (Self::Switch, Value::String(text)) => text == "auto",
            (Self::Int { min, max }, Value::Integer(number)) => (min..=max).contains(number),
            (Self::Choice(names), Value::String(text)) => names.contains(&text.as_str()),
            (Self::Text { check, .. }, Value::String(text)) => check(text),
            (Self::Secret, Value::String(text)) => text != MASK,
            (Self::List { item, at_least }, Value::Array(entries)) => {
                for (index, entry) in entries.iter().enumerate() {
                    item.check(&format!("{path}[{index}]"), entry, origin)?;
                }
                let repeats = || entries.iter().enumerate().any(|(index, entry)| entries[..index].contains(entry));
                entries.len() >= at_least && !(matches!(item, Self::Choice(_)) && repeats())
            }
            (Self::Table(keys), Value::Table(table)) => {
                return check_table(keys, path, table, origin);
            }
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let value = shorten(self.render(value));
        Err(Fault::Invalid { key: path.into(), value, origin: origin.clone(), expected: self.expected() })
    }

    /// The value as TOML in one line, secrets masked: also those that sit where they don't belong.
    pub fn render(self, value: &Value) -> String {
        match (self, value) {
            (Self::Secret, Value::String(text)) if text.is_empty() => "\"\"".into(),
            (Self::List { item, .. }, Value::Array(entries)) => {
                let entries: Vec<_> = entries.iter().map(|entry| item.render(entry)).collect();
                format!("[{}]", entries.join(", "))
            }
            (Self::Table(keys), Value::Table(table)) => {
                let kind = |name| keys.iter().find(|key| key.name == name).map_or(Self::Secret, |key| key.kind);
                let entries: Vec<_> =
                    table.iter().map(|(name, value)| format!("{name} = {}", kind(name).render(value))).collect();
                format!("{{ {} }}", entries.join(", "))
            }
            (kind, _) if kind.holds_secret() => format!("\"{MASK}\""),
            (_, Value::String(text)) => match value.to_string() {
                multiline if multiline.contains('\n') => format!("{text:?}"),
                quoted => quoted,
            },
            _ => value.to_string().replace('\n', " "),
        }
    }

    fn holds_secret(self) -> bool {
        match self {
            Self::Secret => true,
            Self::List { item, .. } => item.holds_secret(),
            Self::Table(keys) => keys.iter().any(|key| key.kind.holds_secret()),
            Self::Bool | Self::Switch | Self::Int { .. } | Self::Choice(_) | Self::Text { .. } => false,
        }
    }
}

fn check_table(keys: &'static [Key], path: &str, table: &Table, origin: &Origin) -> Result<(), Fault> {
    let below = |name: &str| {
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    };
    for (name, value) in table {
        match keys.iter().find(|key| key.name == name) {
            Some(key) => key.kind.check(&below(name), value, origin)?,
            None => {
                let siblings: Vec<_> = keys.iter().map(|key| below(key.name)).collect();
                return Err(suggest::unknown_key(below(name), value, origin, &siblings));
            }
        }
    }
    match keys.iter().find(|key| key.required && !table.contains_key(key.name)) {
        Some(key) => {
            Err(Fault::Missing { key: below(key.name), origin: origin.clone(), expected: key.kind.expected() })
        }
        None => Ok(()),
    }
}

fn one_of(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}

/// Keeps an error in one readable line even if the value is a whole document.
fn shorten(text: String) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
