//! The scenarios that come with the program.

use super::{Scenario, ScenarioError, Setting};

macro_rules! embedded {
    ($($name:literal),+) => { [$(($name, include_str!(concat!("../../scenarios/", $name, ".toml")))),+] };
}

/// Their names and texts.
const ALL: [(&str, &str); 7] = embedded!["meeting", "webinar", "audio-room", "churn", "signaling", "idle", "smoke"];

/// The names of all, each with what its text says of it at the beginning.
pub fn names() -> impl Iterator<Item = (&'static str, String)> {
    ALL.into_iter().map(|(name, text)| {
        let lines: Vec<_> = text.lines().map_while(|line| line.strip_prefix("# ")).collect();
        let said = lines.join(" ");
        (name, said.split_inclusive(". ").next().unwrap_or_default().trim().to_owned())
    })
}

/// A scenario's text.
pub fn text(name: &str) -> Option<&'static str> {
    ALL.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text)
}

/// A scenario as it comes; nothing if there is none of that name.
pub fn built_in(name: &str) -> Option<Scenario> {
    let read: Result<_, ScenarioError> = super::read(name, text(name)?, &[] as &[Setting]);
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_can_be_read_and_are_called_by_their_names() {
        for (name, said) in names() {
            let scenario = super::super::read(name, text(name).expect("is there"), &[]).expect("is a scenario");
            assert_eq!(scenario.name, name);
            assert!(said.len() > 20, "{name}: {said}");
        }
    }
}
