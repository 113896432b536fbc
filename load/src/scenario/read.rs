//! From TOML to a scenario that makes sense.

use super::{Scenario, check};
use std::str::FromStr;
use toml::{Table, Value};

/// Why a scenario cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// It is no TOML.
    #[error("{from}: {why}")]
    Syntax {
        /// Where it is from.
        from: String,
        /// What is wrong, and in which line.
        why: String,
    },
    /// A field is not what it should be.
    #[error("{field}: {why}")]
    Field {
        /// Its name, with those of the tables that it is in.
        field: String,
        /// What is wrong, or what is allowed.
        why: String,
    },
}

impl ScenarioError {
    /// About that field.
    pub fn field(field: impl Into<String>, why: impl ToString) -> Self {
        Self::Field { field: field.into(), why: why.to_string() }
    }
}

/// A field that is set from outside: `publish.video.codec=vp9`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    path: Vec<String>,
    value: Value,
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("a setting is field=value")?;
        let path: Vec<_> = path.trim().split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err("a field's name is missing".to_owned());
        }
        Ok(Self { path, value: value_of(value.trim()) })
    }
}

impl Setting {
    /// That field with that value.
    pub fn new(field: &str, value: impl Into<Value>) -> Self {
        Self { path: field.split('.').map(str::to_owned).collect(), value: value.into() }
    }

    fn apply(&self, table: &mut Table) -> Result<(), ScenarioError> {
        let Some((last, tables)) = self.path.split_last() else { return Ok(()) };
        let mut table = table;
        for name in tables {
            let inner = table.entry(name.clone()).or_insert_with(|| Value::Table(Table::new()));
            table = inner
                .as_table_mut()
                .ok_or_else(|| ScenarioError::field(self.path.join("."), format!("{name} has no fields")))?;
        }
        table.insert(last.clone(), self.value.clone());
        Ok(())
    }
}

/// As TOML has it; what is none is a text, so that names need no quotes.
fn value_of(text: &str) -> Value {
    let read = toml::from_str::<Table>(&format!("value = {text}")).ok().and_then(|mut table| table.remove("value"));
    read.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Reads a scenario, sets fields, and checks it.
///
/// # Errors
/// When it is no TOML, has a field that there is none of, or one that is out of its range.
pub fn read(from: &str, text: &str, settings: &[Setting]) -> Result<Scenario, ScenarioError> {
    let syntax = |why: toml::de::Error| ScenarioError::Syntax {
        from: from.to_owned(),
        why: why.to_string().trim_end().to_owned(),
    };
    let mut table: Table = toml::from_str(text).map_err(syntax)?;
    for setting in settings {
        setting.apply(&mut table)?;
    }
    let scenario: Scenario = serde_path_to_error::deserialize(table).map_err(|error| {
        let field = error.path().to_string();
        let why = error.into_inner().to_string().trim_end().to_owned();
        ScenarioError::field(if field == "." { "scenario".to_owned() } else { field }, why)
    })?;
    check::check(&scenario)?;
    Ok(scenario)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{VideoCodec, built_in};

    const TEXT: &str = "name = \"x\"\nrooms = 1\npublishers = 2\nduration = 5\n[publish.audio]\n";

    fn with(setting: &str) -> Result<Scenario, ScenarioError> {
        read("x", TEXT, &[setting.parse().expect("is a setting")])
    }

    #[test]
    fn fields_can_be_set_with_and_without_quotes() {
        let scenario = with("publish.video.codec=vp9").expect("is a scenario");
        assert_eq!(scenario.publish.video.expect("is set").codec, VideoCodec::Vp9);
        assert_eq!(with("rooms=7").expect("is a scenario").rooms, 7);
        assert_eq!(
            with("publish.video.bitrates=[100000, 200000]").expect("is").publish.video.expect("is").bitrates.len(),
            2
        );
    }

    #[test]
    fn a_wrong_field_is_named() {
        for (setting, named) in [
            ("publish.video.codek=vp9", "publish.video.codek"),
            ("publish.video.codec=h264", "publish.video.codec"),
            ("publish.video.frame_rate=0", "publish.video.frame_rate"),
            ("rooms=none", "rooms"),
            ("rooms.number=3", "rooms.number"),
            ("duration=-1", "duration"),
            ("duration=nan", "duration"),
            ("publish.audio.speakers=3", "publish.audio.speakers"),
        ] {
            let error = with(setting).expect_err(setting).to_string();
            assert!(error.starts_with(&format!("{named}: ")), "{setting}: {error}");
        }
    }

    #[test]
    fn what_is_no_toml_says_where() {
        let error = read("mine.toml", "name = ", &[]).expect_err("is none").to_string();
        assert!(error.starts_with("mine.toml: ") && error.contains("line 1"), "{error}");
    }

    #[test]
    fn a_later_setting_wins() {
        let settings = ["rooms=2", "rooms=3"].map(|setting| setting.parse().expect("is a setting"));
        assert_eq!(read("x", TEXT, &settings).expect("is a scenario").rooms, 3);
        assert!(built_in("no such").is_none());
    }
}
